import { createGunzip, type Gunzip } from 'node:zlib';
import type { ListBytes } from './list-bytes.ts';

const unpackedPieceBytes = 64 * 1024;

/**
 * Unpacks piece by piece. Everything that came of one piece is handed on before the next is given in: a few bytes can
 * unpack to gigabytes, and when zlib finds a fault it throws away what nobody has read yet.
 */
export async function* gunzip(packed: ListBytes): ListBytes {
  const unpacker = createGunzip({ chunkSize: unpackedPieceBytes });
  const changes = watchChanges(unpacker);
  try {
    for (;;) {
      const piece = await packed.next();
      if (piece.done && piece.value !== null) return piece.value;
      const before = unpacker.bytesWritten;
      const isTaken = give(unpacker, piece.done ? null : piece.value, changes);
      for (;;) {
        const unpacked: Buffer | null = unpacker.read();
        if (unpacked) yield unpacked;
        else if (unpacker.errored) return faultOf(unpacker.errored);
        else if (unpacker.readableEnded || isTaken()) break;
        else await changes.next();
      }
      if (piece.done) return null;
      const rest = piece.value.subarray(unpacker.bytesWritten - before);
      if (rest.length > 0) return whyNotPadding(rest, packed);
    }
  } finally {
    unpacker.destroy();
    await packed.return(null);
  }
}

/** Gives one piece in, or the end; says whether it has been taken. */
function give(unpacker: Gunzip, piece: Buffer | null, changes: Changes): () => boolean {
  let isTaken = false;
  const taken = () => {
    isTaken = true;
    changes.tell();
  };
  if (piece) unpacker.write(piece, taken);
  else unpacker.end();
  return () => isTaken;
}

interface Changes {
  /** Resolves at the next change; whoever waits has just looked, so none can be missed. */
  next(): Promise<void>;
  tell(): void;
}

function watchChanges(unpacker: Gunzip): Changes {
  let wake = () => {};
  const tell = () => wake();
  for (const event of ['readable', 'end', 'error']) unpacker.on(event, tell);
  const next = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  return { next, tell };
}

function faultOf(error: Error & { code?: string }): string {
  return error.code === 'Z_BUF_ERROR' ? 'the gzip data ends in the middle' : 'the gzip data is damaged';
}

/** zlib takes a zero after the end for padding and takes nothing more. Rows that follow must not be lost silently. */
async function whyNotPadding(rest: Buffer, packed: ListBytes): Promise<string | null> {
  for (let bytes = rest; ; ) {
    if (bytes.some((byte) => byte !== 0)) return 'there is more after the end of the gzip data';
    const piece = await packed.next();
    if (piece.done) return piece.value;
    bytes = piece.value;
  }
}
