import type { FastifyReply } from 'fastify';

/** An error as RFC 9457 has it. `code` is the family's number, for those who know it. */
export interface Problem {
  status: number;
  title: string;
  detail?: string;
  code?: number;
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  reply.code(problem.status);
  reply.header('content-type', 'application/problem+json; charset=utf-8');
  reply.header('cache-control', 'no-store');
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="pombo"');
  if (problem.status === 503) reply.header('retry-after', 1);
  return reply.send(JSON.stringify({ type: 'about:blank', ...problem }));
}
