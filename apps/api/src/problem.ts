import type { FastifyReply } from 'fastify';

/** An error as RFC 9457 has it. `code` is the family's number, for those who know it. */
export interface Problem {
  status: number;
  title: string;
  detail?: string;
  code?: number;
  /** Members of this problem's own, beside those RFC 9457 names. */
  members?: Readonly<Record<string, unknown>>;
  /** Where it is worth trying again: after how long. */
  retryAfterSeconds?: number;
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.send(problemBody(reply, problem));
}

/** Sets everything of the answer but its body, and says the body. */
export function problemBody(reply: FastifyReply, problem: Problem): string {
  reply.code(problem.status);
  reply.header('content-type', 'application/problem+json; charset=utf-8');
  reply.header('cache-control', 'no-store');
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="pombo"');
  const { members, retryAfterSeconds = problem.status === 503 ? 1 : null, ...named } = problem;
  if (retryAfterSeconds !== null) reply.header('retry-after', retryAfterSeconds);
  return JSON.stringify({ type: 'about:blank', ...named, ...members });
}

export function sendMethodNotAllowed(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, { status: 405, title: 'Method not allowed' });
}

/** `detail` names the field, in our words. */
export function badRequest(detail: string): Problem {
  return { status: 400, title: 'bad request', detail };
}
