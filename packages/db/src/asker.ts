import type { Transaction } from './prisma.ts';

/** Whoever a question can be put to: a `Database`, or a transaction. Numbers of eight bytes come back as the question casts them. */
export interface Asker {
  query<Row extends Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export function askerOf(transaction: Transaction): Asker {
  return { query: (text, values = []) => transaction.$queryRawUnsafe(text, ...values) };
}
