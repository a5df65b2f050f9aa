import type { Transaction } from './prisma.ts';

/** Everything that is written down when it is done. */
export const auditedActions = [
  'sign in',
  'sign out',
  'failed sign-in',
  'failed ADMIN_TOKEN',
  'create operator',
  'set password',
  'set role',
  'disable operator',
  'enable operator',
  'end sessions',
  'create line',
  'pause line',
  'resume line',
  'set line token',
  'set line app secret',
  'activate line',
  'deactivate line',
  'set line on unknown',
  'set line pace',
  'probe line',
  'create customer',
  'block customer',
  'unblock customer',
  'block tokens',
  'unblock tokens',
  'create token',
  'revoke token',
  'create user',
  'allow network',
  'lift ban',
  'start campaign',
  'pause campaign',
  'resume campaign',
  'cancel campaign',
  'cancel message',
  'settle message',
  'replay message',
  'start bulk action',
  'stop bulk action',
  'end bulk action',
  'delete messages',
] as const;

export type AuditedAction = (typeof auditedActions)[number];

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
  id: string;
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

/** What is not there does not matter. */
export interface AuditFilter {
  who?: string;
  action?: string;
  /** From this moment on, and before that one. */
  from?: Date;
  until?: Date;
  /** The last entry of the page before. */
  before?: string;
}

/** The latest first. */
export async function listAudit(book: AuditBook, limit: number, filter: AuditFilter = {}): Promise<AuditEntry[]> {
  const { who, action, from, until, before } = filter;
  const rows = await book.auditEntry.findMany({
    where: {
      ...(who === undefined ? {} : { who }),
      ...(action === undefined ? {} : { action }),
      AND: [
        from === undefined ? {} : { at: { gte: from } },
        until === undefined ? {} : { at: { lt: until } },
        before === undefined ? {} : await earlierThan(book, BigInt(before)),
      ],
    },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  return rows.map((row) => ({ ...row, id: String(row.id) }));
}

/** Nothing is earlier than what is not there. */
async function earlierThan(book: AuditBook, id: bigint) {
  const last = await book.auditEntry.findUnique({ where: { id }, select: { at: true } });
  if (last === null) return { id: { lt: 0n } };
  // The first condition follows from the second; with it the index is entered at the right place.
  return { at: { lte: last.at }, OR: [{ at: { lt: last.at } }, { id: { lt: id } }] };
}
