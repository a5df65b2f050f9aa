import type { FastifyReply } from 'fastify';
import { type Answer, envelope } from './envelope.ts';

/** Answers in the family's envelope, with the headers that belong to the answer. */
export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  reply.code(answer.httpStatus);
  reply.header('content-type', 'application/json; charset=utf-8');
  reply.header('cache-control', 'no-store');
  if (answer.status === 'WR') reply.header('location', `/v1/messages/${answer.messageId}`);
  if (answer.retryAfterSeconds !== null) reply.header('retry-after', answer.retryAfterSeconds);
  if (answer.httpStatus === 401) reply.header('www-authenticate', 'Bearer realm="pombo"');
  return reply.send(envelope(answer));
}
