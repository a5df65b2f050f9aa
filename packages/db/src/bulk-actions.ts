import type { BulkKind, BulkState, BulkVerdict } from '@pombo/domain/bulk-action.ts';
import { countVerdicts } from '@pombo/domain/bulk-action.ts';
import { type Asker, askerOf } from './asker.ts';
import { type Actor, writeAudit } from './audit.ts';
import { cancelMessages } from './cancel.ts';
import { type MessageSearch, newestId, searchIds } from './message-search.ts';
import { isUniqueViolation, type Prisma, type Transaction } from './prisma.ts';
import { replayMessages } from './replay.ts';
import { settleUnknowns } from './settle-by-hand.ts';

export interface NewBulkAction {
  /** The form it was confirmed with: the same one orders it once. */
  form: string;
  kind: BulkKind;
  search: MessageSearch;
  /** What its preview had found, and whether that was all. */
  counted: number;
  countedAll: boolean;
}

export interface BulkAction extends NewBulkAction {
  bulkActionId: string;
  who: string;
  state: BulkState;
  done: number;
  skipped: number;
  failed: number;
  verdicts: Partial<Record<BulkVerdict, number>>;
  /** Messages above this one came later and are not meant. */
  throughId: string;
  /** It has come so far, from the newest down. */
  beforeId: string;
  /** Why the last batch could not be carried out. */
  trouble: string | null;
  confirmedAt: Date;
  endedAt: Date | null;
}

/** Begins it; its number. The messages are those there are now: what is accepted later, or comes into its state later, is not meant. */
export async function startBulkAction(prisma: Prisma, by: Actor, action: NewBulkAction): Promise<string> {
  try {
    return await prisma.$transaction((tx) => insertBulkAction(tx, by, action));
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const { id } = await prisma.bulkAction.findUniqueOrThrow({ where: { form: action.form }, select: { id: true } });
    return String(id);
  }
}

async function insertBulkAction(tx: Transaction, by: Actor, action: NewBulkAction): Promise<string> {
  const asker = askerOf(tx);
  const [clock] = await asker.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const throughId = BigInt(await newestId(asker));
  const { id } = await tx.bulkAction.create({
    data: {
      ...action,
      who: by.who,
      origin: by.origin,
      search: writtenSearch(action.search),
      throughId,
      beforeId: throughId + 1n,
      confirmedAt: clock?.now ?? new Date(),
    },
    select: { id: true },
  });
  const deed = { action: 'start bulk action', object: `${id}: ${action.kind}`, howMany: action.counted } as const;
  await writeAudit(tx, by, deed);
  return String(id);
}

/** Null when there is none with that number. */
export async function findBulkAction(prisma: Prisma, bulkActionId: string): Promise<BulkAction | null> {
  const row = await prisma.bulkAction.findUnique({ where: { id: BigInt(bulkActionId) } });
  return row && bulkActionOf(row);
}

/** The latest first. */
export async function listBulkActions(prisma: Prisma, limit: number): Promise<BulkAction[]> {
  return (await prisma.bulkAction.findMany({ orderBy: { id: 'desc' }, take: limit })).map(bulkActionOf);
}

/** False when it has ended already. What is under way at this moment, a batch, is finished first. */
export function stopBulkAction(prisma: Prisma, by: Actor, bulkActionId: string): Promise<boolean> {
  return prisma.$transaction(async (tx) => {
    const where = { id: BigInt(bulkActionId), state: 'running' };
    const { count } = await tx.bulkAction.updateMany({ where, data: { state: 'stopped', endedAt: new Date() } });
    if (count === 0) return false;
    const { kind, done } = await tx.bulkAction.findUniqueOrThrow({ where: { id: where.id } });
    await writeAudit(tx, by, { action: 'stop bulk action', object: `${bulkActionId}: ${kind}`, howMany: done });
    return true;
  });
}

/** Those that have something left to do, in the order in which they were confirmed. */
export async function bulkActionsAtWork(prisma: Prisma): Promise<string[]> {
  const rows = await prisma.bulkAction.findMany({
    where: { state: 'running' },
    orderBy: { id: 'asc' },
    select: { id: true },
  });
  return rows.map(({ id }) => String(id));
}

export interface BatchParts {
  backlogHorizonMs: number;
  /** Messages per transaction. */
  limit: number;
}

/**
 * The next part of a bulk action: what it does to the messages, what it counts and how far it has come are one
 * transaction, so whoever dies in the middle has done nothing, and whoever comes next goes on where it was. Null when
 * another process is at it, or when it has ended.
 */
export function carryOutBatch(
  prisma: Prisma,
  bulkActionId: string,
  { backlogHorizonMs, limit }: BatchParts,
): Promise<{ messages: number; hasEnded: boolean } | null> {
  return prisma.$transaction(async (tx) => {
    const asker = askerOf(tx);
    const locked = await asker.query(
      "SELECT 1 AS one FROM bulk_action WHERE bulk_action_id = $1::bigint AND state = 'running' FOR NO KEY UPDATE SKIP LOCKED",
      [bulkActionId],
    );
    if (locked.length === 0) return null;
    const action = bulkActionOf(await tx.bulkAction.findUniqueOrThrow({ where: { id: BigInt(bulkActionId) } }));
    const found = await searchIds(asker, action.search, { before: action.beforeId, limit });
    const ids = found.rows.map(({ messageId }) => messageId);
    const verdicts = addUp(action.verdicts, await deeds[action.kind](asker, ids, action, backlogHorizonMs));
    const counts = countVerdicts(verdicts);
    const hasEnded = found.next === null;
    await tx.bulkAction.update({
      where: { id: BigInt(bulkActionId) },
      data: {
        verdicts,
        ...counts,
        trouble: null,
        ...(found.next === null ? { state: 'finished', endedAt: new Date() } : { beforeId: BigInt(found.next) }),
      },
    });
    const deed = {
      action: 'end bulk action',
      object: `${bulkActionId}: ${action.kind}`,
      howMany: counts.done,
    } as const;
    if (hasEnded) await writeAudit(tx, { who: action.who, origin: 'worker' }, deed);
    return { messages: ids.length, hasEnded };
  }, patient);
}

/** A batch that is given up is carried out again from its beginning: a busy machine must not do so for ever. */
const patient = { timeout: 20_000, maxWait: 10_000 } as const;

/** Says on the action's page why it does not go on. */
export async function noteTrouble(prisma: Prisma, bulkActionId: string, trouble: string): Promise<void> {
  await prisma.bulkAction.updateMany({ where: { id: BigInt(bulkActionId), state: 'running' }, data: { trouble } });
}

type Deed = (asker: Asker, ids: string[], action: BulkAction, backlogHorizonMs: number) => Promise<BulkVerdict[]>;

/** Each asks every message once more, under its lock, whether it still is what it was found for. */
const deeds = {
  replay: async (asker, ids, { confirmedAt }, backlogHorizonMs) => {
    const order = { before: confirmedAt, backlogHorizonMs, evenIfDoubted: false };
    return [...(await replayMessages(asker, ids, order)).values()].map(({ kind }) => kind);
  },
  cancel: async (asker, ids) => [...(await cancelMessages(asker, null, ids)).values()],
  settle_not_sent: async (asker, ids, { confirmedAt }) =>
    settledOf(ids, await settleUnknowns(asker, ids, { kind: 'not_sent' }, confirmedAt), 'settled'),
  send_again: async (asker, ids, { confirmedAt }) =>
    settledOf(ids, await settleUnknowns(asker, ids, { kind: 'send_again' }, confirmedAt), 'sent_again'),
} as const satisfies Record<BulkKind, Deed>;

function settledOf(ids: readonly string[], moved: readonly string[], done: 'settled' | 'sent_again'): BulkVerdict[] {
  const theirs = new Set(moved);
  return ids.map((id) => (theirs.has(id) ? done : 'moved_on'));
}

function addUp(
  before: Partial<Record<BulkVerdict, number>>,
  verdicts: readonly BulkVerdict[],
): Partial<Record<BulkVerdict, number>> {
  const sums = { ...before };
  for (const verdict of verdicts) sums[verdict] = (sums[verdict] ?? 0) + 1;
  return sums;
}

type Row = Awaited<ReturnType<Prisma['bulkAction']['findUniqueOrThrow']>>;

function bulkActionOf({ id, throughId, beforeId, kind, state, search, verdicts, origin: _, ...row }: Row): BulkAction {
  return {
    ...row,
    bulkActionId: String(id),
    throughId: String(throughId),
    beforeId: String(beforeId),
    kind: kind as BulkKind,
    state: state as BulkState,
    search: readSearch(search),
    verdicts: verdicts as Partial<Record<BulkVerdict, number>>,
  };
}

function writtenSearch({ from, until, ...search }: MessageSearch) {
  return { ...search, from: from?.toISOString() ?? null, until: until?.toISOString() ?? null };
}

function readSearch(written: unknown): MessageSearch {
  const { from, until, ...search } = written as ReturnType<typeof writtenSearch>;
  return { ...search, from: from === null ? null : new Date(from), until: until === null ? null : new Date(until) };
}
