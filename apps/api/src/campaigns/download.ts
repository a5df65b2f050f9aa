import { Readable } from 'node:stream';
import type { Logger } from '@pombo/observe/logger.ts';
import type { FastifyReply } from 'fastify';

export interface DownloadLimits {
  /** A reader who takes nothing for so long is not waited for. */
  silenceMs: number;
  /** Asked before each page. */
  isWelcome: () => Promise<boolean>;
  lastCall: AbortSignal;
  logger: Logger;
  /** However it ended. */
  onEnd: () => void;
}

/** A file, its first page read and the others still to be read. Pages may be empty. */
export interface BegunFile {
  first: IteratorResult<string>;
  others: AsyncIterator<string>;
}

/**
 * Hands a file out as fast as it is taken. What cannot be brought to its end breaks off without the mark of the end, so
 * that nobody takes a part for the whole.
 */
export function download(reply: FastifyReply, file: BegunFile, limits: DownloadLimits): FastifyReply {
  const { lastCall, logger, onEnd } = limits;
  const stream = Readable.from(atTheReadersPace(reply, file, limits), { objectMode: false });
  const breakOff = () => void reply.raw.destroy();
  stream.on('error', (err) => logger.warn({ err }, 'a download broke off'));
  stream.once('close', () => {
    lastCall.removeEventListener('abort', breakOff);
    onEnd();
  });
  lastCall.addEventListener('abort', breakOff);
  reply.raw.on('timeout', breakOff);
  return reply.send(stream);
}

/** Time counts only while there is something to take: of a rare state, many pages are looked through for one. */
async function* atTheReadersPace(
  reply: FastifyReply,
  { first, others }: BegunFile,
  { silenceMs, isWelcome }: DownloadLimits,
): AsyncGenerator<string> {
  // There may be nobody on the first pages, and not everybody waits long for the headers.
  reply.raw.flushHeaders();
  for (let page = first; ; ) {
    reply.raw.setTimeout(silenceMs);
    if (page.done) return;
    if (page.value !== '') yield page.value;
    reply.raw.setTimeout(0);
    if (!(await isWelcome())) throw new Error('its reader may not read it any more');
    page = await others.next();
  }
}
