import { Readable } from 'node:stream';

/** The bytes of a list, piece by piece; in the end why they broke off, or null when they are all there. */
export type ListBytes = AsyncGenerator<Buffer, string | null, void>;

/**
 * The body as it arrives. A stream is not destroyed when the reading stops early: where the body is a request, that
 * would close the connection the answer has to travel on.
 */
export async function* receivedBytes(body: AsyncIterable<Buffer>): ListBytes {
  try {
    yield* body instanceof Readable ? body.iterator({ destroyOnReturn: false }) : body;
    return null;
  } catch {
    return 'the connection was lost';
  }
}
