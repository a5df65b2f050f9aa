import { startOwnProcess } from '../own-process.ts';

/** Callers with a connection each, who ask again as soon as they have their answer. */
export interface CallOrder {
  /** Scheme, address and port: plain HTTP on loopback. */
  url: string;
  path: string;
  token: string;
  /** JSON with a recipient between them. */
  body: { before: string; after: string };
  /** Every request is to a recipient of its own (`dests.ts`): this one, and on from there. */
  firstDest: number;
  connections: number;
  /** Not counted. */
  warmSeconds: number;
  seconds: number;
  /** Any other answer ends the bench, since a figure with errors in it is none; only a 503 while it is warming is asked again. */
  expected: { status: number; text: string };
}

export interface CallReport {
  /** Answers per second, between warm-up and end. */
  perSecond: number;
  /** Of all requests, those before and after the count included. */
  answered: number;
  p50Ms: number;
  p99Ms: number;
}

type Said = CallReport | { fault: string };

/** Lets such callers call from a process of their own. */
export async function call(order: CallOrder): Promise<CallReport> {
  const callers = startOwnProcess('callers/main.ts', order);
  try {
    const said = await callers.said<Said>();
    if ('fault' in said) throw new Error(said.fault);
    return said;
  } finally {
    await callers.end();
  }
}
