import type { Lane } from '@pombo/domain/lane.ts';
import { coalesce } from './coalesce.ts';
import type { Database } from './database.ts';

/** One attempt's end: what came of it, and what becomes of its message and its line. Plain columns; see `settle_attempts`. */
export interface Settle {
  messageId: string;
  attempt: number;
  lineId: string;
  dest: string;
  /** Which token was refused: a refusal of one that was replaced meanwhile does not park the line. */
  sealedToken: string;
  step: 'OK' | 'ERROR' | 'unknown' | 'again' | 'backlog';
  afterMs: number | null;
  costsTry: boolean;
  returnCode: number | null;
  returnId: string | null;
  returnLog: string | null;
  statusDelivery: string | null;
  lineEffect: 'none' | 'slow' | 'pause' | 'park' | 'suspect';
  scope: 'page' | 'app' | null;
  /** How long: of a pause, or of parking that ends by itself. */
  lineMs: number | null;
  /** The share of the configured pace that is left: at most this (`slow`), or this much of what it was (`pause`). */
  share: number | null;
  /** A sentence for whoever asks why the line is slow, closed or parked. */
  because: string | null;
  /** What ends the parking. */
  mend: 'operator' | 'token' | 'time' | null;
  /** Whether Graph answered this line's call; null when it says nothing about that. */
  health: 'up' | 'down' | null;
  outcome: string;
  /** How the call failed (`errorClassOf`); null when it did not. */
  errorClass: string | null;
  httpStatus: number;
  code: number | null;
  subcode: number | null;
  fbtraceId: string | null;
  text: string;
  connectedMs: number | null;
  writtenMs: number | null;
  answeredMs: number | null;
  totalMs: number;
}

export interface Settled {
  /** False when the message had moved on without this attempt: nothing was changed. */
  applied: boolean;
  lineId: string | null;
  lane: Lane | null;
  origin: string | null;
  endToEndMs: number | null;
  /** A released message of the same recipient that need not sleep on. */
  wake: { messageId: string; release: number; lane: Lane } | null;
}

export function openSettle(database: Database): (settle: Settle) => Promise<Settled> {
  return coalesce<Settle, Settled>((settles) => settleBatch(database, settles), { maxBatch: 200 });
}

async function settleBatch(database: Database, settles: readonly Settle[]): Promise<(Settled | Error)[]> {
  const fate = await database.attempt<SettledRow>('SELECT * FROM settle_attempts($1, $2::text[], $3)', [
    JSON.stringify(settles.map(toRow)),
    [...new Set(settles.map(({ step }) => step))],
    settles.some(concernsItsLine),
  ]);
  if (fate.kind === 'done') {
    const byAttempt = new Map(fate.rows.map((row) => [`${row.message_id}/${row.attempt_number}`, row]));
    return settles.map((settle) => settledOf(byAttempt.get(`${settle.messageId}/${settle.attempt}`)));
  }
  // A bad row must not fail its neighbours.
  if (fate.kind === 'undone' && fate.reason === 'refused' && settles.length > 1) {
    return (await Promise.all(settles.map((settle) => settleBatch(database, [settle])))).flat();
  }
  return settles.map(() => fate.error);
}

function concernsItsLine({ lineEffect, health }: Settle): boolean {
  return lineEffect !== 'none' || health === 'down';
}

interface SettledRow {
  message_id: string;
  attempt_number: number;
  origin: string | null;
  line_id: string;
  lane: Lane;
  end_to_end_ms: number;
  wake_id: string | null;
  wake_release: number | null;
  wake_lane: Lane | null;
}

function settledOf(row: SettledRow | undefined): Settled {
  return {
    applied: row !== undefined,
    lineId: row?.line_id ?? null,
    lane: row?.lane ?? null,
    origin: row?.origin ?? null,
    endToEndMs: row?.end_to_end_ms ?? null,
    wake:
      row?.wake_id && row.wake_release !== null && row.wake_lane
        ? { messageId: row.wake_id, release: row.wake_release, lane: row.wake_lane }
        : null,
  };
}

function toRow(settle: Settle) {
  return {
    id: settle.messageId,
    attempt: settle.attempt,
    line: settle.lineId,
    dest: settle.dest,
    sealed_token: settle.sealedToken,
    step: settle.step,
    after_ms: settle.afterMs,
    costs_try: settle.costsTry,
    return_code: settle.returnCode,
    return_id: settle.returnId,
    return_log: settle.returnLog,
    status_delivery: settle.statusDelivery,
    line_effect: settle.lineEffect,
    scope: settle.scope,
    line_ms: settle.lineMs,
    share: settle.share,
    because: settle.because,
    mend: settle.mend,
    health: settle.health,
    outcome: settle.outcome,
    error_class: settle.errorClass,
    http_status: settle.httpStatus,
    code: settle.code,
    subcode: settle.subcode,
    fbtrace_id: settle.fbtraceId,
    text: settle.text,
    connected_ms: settle.connectedMs,
    written_ms: settle.writtenMs,
    answered_ms: settle.answeredMs,
    total_ms: settle.totalMs,
  };
}
