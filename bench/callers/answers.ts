export interface HttpAnswer {
  status: number;
  body: Buffer;
}

const endOfHead = Buffer.from('\r\n\r\n');
const nothing = Buffer.alloc(0);

/**
 * Reads HTTP/1.1 answers out of the bytes of one connection, however they are cut, and hands over each when it is whole.
 * It knows `Content-Length` and no other way to end, and throws at anything else: a client made to be cheaper than
 * whatever it measures.
 */
export function readAnswers(onAnswer: (answer: HttpAnswer) => void): (chunk: Buffer) => void {
  let held: Buffer = nothing;

  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      const headEnds = held.indexOf(endOfHead);
      if (headEnds < 0) return;
      const head = held.toString('latin1', 0, headEnds);
      const from = headEnds + endOfHead.length;
      const until = from + lengthIn(head);
      if (held.length < until) return;
      const body = held.subarray(from, until);
      held = held.length === until ? nothing : held.subarray(until);
      onAnswer({ status: Number(head.slice(9, 12)), body });
    }
  };
}

function lengthIn(head: string): number {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length: ${head.slice(0, 200)}`);
  return Number(length);
}
