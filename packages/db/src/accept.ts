import { setTimeout as sleep } from 'node:timers/promises';
import type { Lane } from '@pombo/domain/lane.ts';
import type { MessageType } from '@pombo/domain/message-type.ts';
import { coalesce } from './coalesce.ts';
import type { Database } from './database.ts';

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
  onUnknown: 'hold' | 'resend';
  /** The API process that waits for the outcome. */
  origin: string | null;
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
  /** Certainly nothing was written and nothing will be. */
  | { kind: 'unavailable' }
  /** It may have been committed; the connection broke before anybody could say. */
  | { kind: 'fate_unknown' };

export interface Accept {
  /** A new message number. Rejects when the database cannot be reached. */
  drawId(): Promise<string>;
  accept(message: NewMessage): Promise<AcceptResult>;
}

const maxBatch = 256;
const lanes = 2;
/** How long a broken commit is asked about before the caller hears that nobody knows. */
const certaintyMs = 3_000;
const askAgainMs = 150;

/** Accepts and number draws of many requests share statements; see `coalesce`. `onFault` hears why a message could not be written. */
export function openAccept(database: Database, onFault: (error: Error) => void): Accept {
  const write = coalesce<NewMessage, AcceptResult>((messages) => writeBatch(database, messages, onFault), {
    maxBatch,
    lanes,
  });
  const drawId = openNumbers(database);

  return {
    drawId,
    async accept(message) {
      const first = await write(message);
      return first.kind === 'fate_unknown' ? makeCertain(write, message) : first;
    },
  };
}

/**
 * The same numbers again change nothing that is already there, so asking again turns "perhaps" into "yes".
 * Only a definite answer counts: that the database cannot be reached now says nothing about what it did before.
 */
async function makeCertain(
  write: (message: NewMessage) => Promise<AcceptResult>,
  message: NewMessage,
): Promise<AcceptResult> {
  const giveUpAt = performance.now() + certaintyMs;
  while (performance.now() < giveUpAt) {
    await sleep(askAgainMs);
    const again = await write(message);
    if (again.kind !== 'fate_unknown' && again.kind !== 'unavailable') return again;
  }
  return { kind: 'fate_unknown' };
}

async function writeBatch(
  database: Database,
  messages: readonly NewMessage[],
  onFault: (error: Error) => void,
): Promise<AcceptResult[]> {
  const fate = await database.attempt<VerdictRow>('SELECT * FROM accept_messages($1)', [
    JSON.stringify(messages.map(toRow)),
  ]);
  if (fate.kind === 'done') {
    const verdicts = new Map(fate.rows.map((row) => [row.message_id, row]));
    return messages.map((message) => resultOf(verdicts.get(message.messageId)));
  }
  if (fate.kind === 'fate_unknown') return messages.map(() => ({ kind: 'fate_unknown' }));
  // A bad row must not fail its neighbours: each goes by itself, and only the bad one is turned away.
  if (fate.reason === 'refused' && messages.length > 1) {
    return (await Promise.all(messages.map((message) => writeBatch(database, [message], onFault)))).flat();
  }
  onFault(fate.error);
  return messages.map(() => ({ kind: 'unavailable' }));
}

interface VerdictRow {
  message_id: string;
  verdict: 'accepted' | 'replay' | 'key_reused' | 'duplicate';
  other_id: string | null;
}

function resultOf(row: VerdictRow | undefined): AcceptResult {
  if (!row) return { kind: 'unavailable' };
  return row.verdict === 'replay' ? { kind: 'replay', messageId: row.other_id ?? '' } : { kind: row.verdict };
}

function toRow(message: NewMessage, place: number) {
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
    on_unknown: message.onUnknown,
    origin: message.origin,
    key: message.idempotency?.key ?? null,
    fingerprint: message.idempotency?.fingerprint.toString('hex') ?? null,
    digest: message.duplicateWindow?.digest.toString('hex') ?? null,
    window_seconds: message.duplicateWindow?.seconds ?? null,
  };
}

/** Numbers are drawn in blocks; what a stopping process has left over is never used, which costs nothing. */
function openNumbers(database: Database): () => Promise<string> {
  let stock: string[] = [];
  let blockSize = 32;
  let drawing: Promise<void> | null = null;

  async function drawBlock(): Promise<void> {
    const fate = await database.attempt<{ id: string }>(
      "SELECT nextval('cdls_cdls_id_seq') AS id FROM generate_series(1, $1::int)",
      [blockSize],
    );
    if (fate.kind !== 'done') throw fate.error;
    // Two draws in one moment mean the block was too small for the traffic.
    blockSize = Math.min(1024, blockSize * 2);
    stock = stock.concat(fate.rows.map((row) => row.id).reverse());
  }

  function refill(): Promise<void> {
    drawing ??= drawBlock().finally(() => {
      drawing = null;
    });
    return drawing;
  }

  return async function drawId(): Promise<string> {
    for (;;) {
      const id = stock.pop();
      if (id !== undefined) {
        if (stock.length < blockSize / 4) refill().catch(() => {});
        return id;
      }
      await refill();
    }
  };
}
