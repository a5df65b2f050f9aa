import type { Transaction } from './prisma.ts';

/** Everything that is written down when it is done. */
export type AuditedAction =
  | 'sign in'
  | 'sign out'
  | 'failed sign-in'
  | 'failed ADMIN_TOKEN'
  | 'create operator'
  | 'set password'
  | 'set role'
  | 'disable operator'
  | 'enable operator'
  | 'end sessions'
  | 'delete messages';

/** Who does something, and from where: an operator and an address, or the command line and a machine. */
export interface Actor {
  who: string;
  origin: string;
}

export interface AuditedDeed {
  action: AuditedAction;
  /** What it was done to, where that is not the one who did it. */
  object?: string;
  /** To how many; 1 where nothing is said. */
  howMany?: number;
}

export interface AuditEntry extends Actor {
  at: Date;
  action: string;
  object: string | null;
  howMany: number;
}

/** Where it goes with what it tells about: the same transaction, or the client itself when it is all there is to write. */
export type AuditBook = Pick<Transaction, 'auditEntry'>;

/** The only way into the audit. */
export async function writeAudit(book: AuditBook, { who, origin }: Actor, deed: AuditedDeed): Promise<void> {
  await book.auditEntry.create({ data: { who, origin, ...deed }, select: { id: true } });
}

/** The latest first. */
export async function listAudit(book: AuditBook, limit: number): Promise<AuditEntry[]> {
  return book.auditEntry.findMany({ orderBy: { id: 'desc' }, take: limit, omit: { id: true } });
}
