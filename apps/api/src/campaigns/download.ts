import { Readable } from 'node:stream';
import type { Logger } from '@pombo/observe/logger.ts';
import type { FastifyReply } from 'fastify';

export interface DownloadLimits {
  /** A reader who takes nothing for so long is not waited for. */
  silenceMs: number;
  lastCall: AbortSignal;
  logger: Logger;
}

/**
 * Hands a file out as fast as it is taken. What cannot be brought to its end breaks off without the mark of the end, so
 * that nobody takes a part for the whole.
 */
export function download(
  reply: FastifyReply,
  file: AsyncIterable<string>,
  { silenceMs, lastCall, logger }: DownloadLimits,
): FastifyReply {
  const stream = Readable.from(file, { objectMode: false });
  const breakOff = () => void reply.raw.destroy();
  stream.on('error', (err) => logger.warn({ err }, 'a download broke off'));
  stream.once('close', () => lastCall.removeEventListener('abort', breakOff));
  lastCall.addEventListener('abort', breakOff);
  reply.raw.setTimeout(silenceMs, breakOff);
  return reply.send(stream);
}
