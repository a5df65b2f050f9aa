import { setTimeout as sleep } from 'node:timers/promises';
import type { Lane } from '@pombo/domain/lane.ts';
import type { MessageType } from '@pombo/domain/message-type.ts';
import type { Database, StatementFate } from './database.ts';
import { fairBatches } from './fair-batches.ts';
import { lacksPartition, makePartitionsFor } from './partitions.ts';

export interface NewMessage {
  /** Drawn before anything is written, so that the caller's place in the waiting room exists first. */
  messageId: string;
  customerId: string;
  lineId: string;
  dest: string;
  type: MessageType;
  data: string;
  caption: string | null;
  reference: string | null;
  lane: Lane;
  validityMs: number;
  /** How long the caller will wait for its turn, in milliseconds; null: nobody waits. */
  waitMs: number | null;
  onUnknown: 'hold' | 'resend';
  /** The API process that waits for the outcome. */
  origin: string | null;
  /** Of the request it came with; null unless that is traced. */
  traceparent: string | null;
  idempotency: { key: string; fingerprint: Buffer } | null;
  duplicateWindow: { digest: Buffer; seconds: number } | null;
}

export type AcceptResult =
  | { kind: 'accepted' }
  /** This Idempotency-Key has this message already. */
  | { kind: 'replay'; messageId: string }
  /** This Idempotency-Key has a message with other parameters. */
  | { kind: 'key_reused' }
  /** Inside its duplicate window. */
  | { kind: 'duplicate' }
  /** Its turn would come too late. Nothing was written; in `afterMs` there is room for it, if nobody else comes. */
  | { kind: 'full'; afterMs: number }
  /** Certainly nothing was written and nothing will be: the database is away, or too many wait for it. */
  | { kind: 'unavailable' }
  /** It may have been committed; the connection broke before anybody could say. */
  | { kind: 'fate_unknown' };

export interface Accept {
  /** A new message number. Rejects when the database cannot be reached. */
  drawId(): Promise<string>;
  accept(message: NewMessage): Promise<AcceptResult>;
}

export interface AcceptLimits {
  /** A line's backlog may be as long as its pace needs this long for. */
  backlogHorizonMs: number;
  /**
   * Places for messages of this process that wait to be written. A customer has at most as many as are free, which is
   * half of them for one who floods alone; beyond that messages are `unavailable` at once.
   */
  maxWaiting: number;
}

/** Half of these places are about a second of a busy process's accepts: whoever came later would rather hear no. */
const usualLimits: AcceptLimits = { backlogHorizonMs: 24 * 3_600_000, maxWaiting: 10_000 };

const maxBatch = 256;
const statementsAtOnce = 2;
/** How long a broken commit is asked about before the caller hears that nobody knows. */
const certaintyMs = 3_000;
const askAgainMs = 150;

/** A message on its way into the database. */
interface Writing {
  message: NewMessage;
  /** It was written before, and nobody knows whether that was committed. */
  again: boolean;
}

/**
 * Accepts of many requests share statements, and customers take turns in filling them; see `fairBatches`. So do number
 * draws. `onFault` hears why a message could not be written.
 */
export function openAccept(
  database: Database,
  onFault: (error: Error) => void,
  limits: Partial<AcceptLimits> = {},
  now: () => number = () => performance.now(),
): Accept {
  const { backlogHorizonMs, maxWaiting } = { ...usualLimits, ...limits };
  const ask = fairBatches<Writing, AcceptResult>(
    (writings) => writeBatch({ database, backlogHorizonMs, onFault }, writings),
    { askerOf: ({ message }) => message.customerId, maxBatch, statementsAtOnce, maxWaiting },
  );
  const writeOne = async (writing: Writing): Promise<AcceptResult> => (await ask(writing)) ?? { kind: 'unavailable' };

  return {
    drawId: openNumbers(database, now),
    async accept(message) {
      const first = await writeOne({ message, again: false });
      return first.kind === 'fate_unknown' ? makeCertain(writeOne, message) : first;
    },
  };
}

/**
 * The same numbers again change nothing that is already there, so asking again turns "perhaps" into "yes".
 * Only a definite answer counts: that the database cannot be reached now says nothing about what it did before.
 */
async function makeCertain(
  write: (writing: Writing) => Promise<AcceptResult>,
  message: NewMessage,
): Promise<AcceptResult> {
  const giveUpAt = performance.now() + certaintyMs;
  while (performance.now() < giveUpAt) {
    await sleep(askAgainMs);
    const again = await write({ message, again: true });
    if (again.kind !== 'fate_unknown' && again.kind !== 'unavailable') return again;
  }
  return { kind: 'fate_unknown' };
}

interface WriteParts {
  database: Database;
  backlogHorizonMs: number;
  onFault: (error: Error) => void;
}

async function writeBatch(parts: WriteParts, writings: readonly Writing[]): Promise<AcceptResult[]> {
  const fate = await write(parts, writings);
  if (fate.kind === 'done') {
    const verdicts = new Map(fate.rows.map((row) => [row.message_id, row]));
    return writings.map(({ message }) => resultOf(verdicts.get(message.messageId)));
  }
  if (fate.kind === 'fate_unknown') return writings.map(() => ({ kind: 'fate_unknown' }));
  // A bad row must not fail its neighbours: each goes by itself, and only the bad one is turned away.
  if (fate.reason === 'refused' && writings.length > 1) {
    return (await Promise.all(writings.map((writing) => writeBatch(parts, [writing])))).flat();
  }
  parts.onFault(fate.error);
  return writings.map(() => ({ kind: 'unavailable' }));
}

/** The sweep of the workers makes partitions ahead. Where it could not, they are made by whoever needs them. */
async function write(
  { database, backlogHorizonMs }: WriteParts,
  writings: readonly Writing[],
): Promise<StatementFate<VerdictRow>> {
  const accept = () =>
    database.attempt<VerdictRow>('SELECT * FROM accept_messages($1, $2, $3::text[])', [
      JSON.stringify(writings.map(toRow)),
      backlogHorizonMs,
      [...new Set(writings.flatMap(holdsOf))],
    ]);
  const fate = await accept();
  if (fate.kind !== 'undone' || !lacksPartition(fate.error)) return fate;
  await makePartitionsFor(
    database,
    writings.map(({ message }) => message.messageId),
  );
  return accept();
}

/** What in this message needs more than its two rows. */
function holdsOf({ message, again }: Writing): string[] {
  const { idempotency, duplicateWindow, lane, waitMs } = message;
  return [
    ...(again ? ['again'] : []),
    ...(idempotency ? ['key'] : []),
    ...(duplicateWindow ? ['window'] : []),
    ...(lane === 'bulk' || waitMs !== null ? [lane] : []),
  ];
}

interface VerdictRow {
  message_id: string;
  verdict: 'accepted' | 'replay' | 'key_reused' | 'duplicate' | 'full';
  other_id: string | null;
  after_ms: number | null;
}

function resultOf(row: VerdictRow | undefined): AcceptResult {
  if (!row) return { kind: 'unavailable' };
  switch (row.verdict) {
    case 'replay':
      return { kind: 'replay', messageId: row.other_id ?? '' };
    case 'full':
      return { kind: 'full', afterMs: row.after_ms ?? 0 };
    default:
      return { kind: row.verdict };
  }
}

function toRow({ message, again }: Writing, place: number) {
  return {
    place,
    id: message.messageId,
    customer: message.customerId,
    line: message.lineId,
    dest: message.dest,
    type: message.type,
    data: message.data,
    caption: message.caption,
    reference: message.reference,
    lane: message.lane,
    validity_ms: message.validityMs,
    wait_ms: message.waitMs,
    again,
    on_unknown: message.onUnknown,
    origin: message.origin,
    // Not written at all where nothing is traced.
    traceparent: message.traceparent ?? undefined,
    key: message.idempotency?.key ?? null,
    fingerprint: message.idempotency?.fingerprint.toString('hex') ?? null,
    digest: message.duplicateWindow?.digest.toString('hex') ?? null,
    window_seconds: message.duplicateWindow?.seconds ?? null,
  };
}

/**
 * Numbers that were not used are thrown away after this long, so that numbers and times go up together: search
 * (`message-search.ts`) and retention (`partition_standing`) take messages to be as old as their numbers.
 */
const numbersLastMs = 2_000;

/** Numbers are drawn in blocks and used in their order; what is left over is never used, which costs nothing. */
function openNumbers(database: Database, now: () => number): () => Promise<string> {
  /** The next one is the last. */
  let stock: { id: string; drawnAt: number }[] = [];
  let blockSize = 32;
  let lastDrawnAt = -Infinity;
  let drawing: Promise<void> | null = null;

  async function drawBlock(): Promise<void> {
    const drawnAt = now();
    const fate = await database.attempt<{ id: string }>(
      "SELECT nextval('cdls_cdls_id_seq') AS id FROM generate_series(1, $1::int)",
      [blockSize],
    );
    if (fate.kind !== 'done') throw fate.error;
    // Two draws in one moment mean the block was too small for the traffic.
    if (drawnAt - lastDrawnAt <= numbersLastMs) blockSize = Math.min(1024, blockSize * 2);
    lastDrawnAt = drawnAt;
    stock = fate.rows
      .map(({ id }) => ({ id, drawnAt }))
      .reverse()
      .concat(stock);
  }

  function refill(): Promise<void> {
    drawing ??= drawBlock().finally(() => {
      drawing = null;
    });
    return drawing;
  }

  const isFresh = ({ drawnAt }: { drawnAt: number }) => now() - drawnAt <= numbersLastMs;

  return async function drawId(): Promise<string> {
    for (;;) {
      const next = stock.pop();
      if (next === undefined) {
        await refill();
      } else if (isFresh(next)) {
        if (stock.length < blockSize / 4) refill().catch(() => {});
        return next.id;
      } else {
        // So many were not needed: the next block is smaller.
        stock = stock.filter(isFresh);
        blockSize = Math.max(1, Math.floor(blockSize / 2));
      }
    }
  };
}
