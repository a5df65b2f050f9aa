import { gunzip } from './gunzip.ts';
import { type ListBytes, receivedBytes } from './list-bytes.ts';
import { isGzip, startBytes, whyNotText, withoutMark } from './list-start.ts';

/** The text of a list as bytes: unpacked, and looked at for being text at all. */
export function listText(body: AsyncIterable<Buffer>, saidGzip: boolean): ListBytes {
  return textOnly(unpacked(receivedBytes(body), saidGzip));
}

/** What begins like gzip is gzip, said or not: no text begins so. */
async function* unpacked(bytes: ListBytes, saidGzip: boolean): ListBytes {
  try {
    const start = await readStart(bytes);
    if (isGzip(start.head)) return yield* gunzip(fromStart(start, bytes));
    if (saidGzip && start.head.length > 0) return 'is not gzip';
    return yield* fromStart(start, bytes);
  } finally {
    await bytes.return(null);
  }
}

async function* textOnly(bytes: ListBytes): ListBytes {
  try {
    const start = await readStart(bytes);
    const because = whyNotText(start.head);
    if (because !== null) return because;
    return yield* fromStart({ ...start, head: withoutMark(start.head) }, bytes);
  } finally {
    await bytes.return(null);
  }
}

interface Start {
  head: Buffer;
  /** Set when that was all; with the reason if it broke off. */
  over: { because: string | null } | null;
}

async function readStart(bytes: ListBytes): Promise<Start> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < startBytes) {
    const piece = await bytes.next();
    if (piece.done) return { head, over: { because: piece.value } };
    head = head.length === 0 ? piece.value : Buffer.concat([head, piece.value]);
  }
  return { head, over: null };
}

async function* fromStart({ head, over }: Start, bytes: ListBytes): ListBytes {
  if (head.length > 0) yield head;
  return over ? over.because : yield* bytes;
}
