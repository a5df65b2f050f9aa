import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ReadPastLimits, readPast } from './received-body.ts';

/**
 * Answers somebody who may still be sending. The whole answer goes out at once; the connection is kept for as long as
 * the rest is read past, and is closed after it: to close it on what has not been read would tear the answer away.
 */
export function answerSender(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: string,
  limits: ReadPastLimits,
): FastifyReply {
  if (request.raw.complete) return reply.send(answer);
  reply.header('connection', 'close');
  reply.header('content-length', Buffer.byteLength(answer));
  return reply.send(
    Readable.from(
      (async function* () {
        yield Buffer.from(answer);
        await readPast(request.raw, limits);
      })(),
      { objectMode: false },
    ),
  );
}
