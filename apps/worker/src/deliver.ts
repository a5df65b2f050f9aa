import { setTimeout as sleep } from 'node:timers/promises';
import type { Claim, ClaimResult, OpenAttempt } from '@pombo/db/claim.ts';
import type { Settle, Settled } from '@pombo/db/settle.ts';
import { callDeadlineMs } from '@pombo/domain/message-type.ts';
import { type AttemptContext, type NextStep, nextStep } from '@pombo/domain/next-step.ts';
import type { Outcome, OutcomeKind } from '@pombo/domain/outcome.ts';
import { classify } from '@pombo/graph/classify.ts';
import type { GraphClient } from '@pombo/graph/client.ts';
import { errorClassOf } from '@pombo/graph/error-class.ts';
import { formatMetadata } from '@pombo/graph/metadata.ts';
import type { Phases, Reply } from '@pombo/graph/reply.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { Metrics } from '@pombo/observe/metrics.ts';
import type { AnnouncedOutcome, Announcement } from '@pombo/queue/announcement.ts';
import type { MessageQueue, Note, Verdict } from '@pombo/queue/queue.ts';
import type { Attachments } from './attachments.ts';
import { type DeliveryTrace, type DeliveryTracing, traceDelivery } from './delivery-trace.ts';
import { openLateness } from './lateness.ts';
import type { LineCounters } from './line-counters.ts';
import { type LineSecrets, lockedLine } from './line-secrets.ts';
import { settlementOf } from './settlement.ts';
import { takeTurn } from './turn.ts';

export interface DeliverParts {
  claim: (claim: Claim) => Promise<ClaimResult>;
  settle: (settle: Settle) => Promise<Settled>;
  secretsOf: (sealedToken: string, sealedAppSecret: string | null) => LineSecrets;
  graph: Pick<GraphClient, 'send'>;
  attachments: Attachments;
  queue: Pick<MessageQueue, 'wake' | 'signals'>;
  /** Told when a call begins; tells back where to report its end. */
  beginCall: (attempt: OpenAttempt) => (outcome: OutcomeKind) => void;
  /** This line has room in its release window again. */
  ring: (lineId: string) => void;
  metrics: Metrics<'worker'>;
  lineCounters: Pick<LineCounters, 'sent' | 'failed'>;
  /** Null where nothing is traced. */
  deliveryTracing: DeliveryTracing | null;
  logger: Logger;
  random: () => number;
}

/** One message, top to bottom: its turn, the call, what came of it, what follows, and who is told. */
export function createDeliver(parts: DeliverParts): (note: Note) => Promise<Verdict> {
  const lateness = openLateness(() => performance.now());
  return async function deliver(note) {
    const turn = await takeTurn({ claim: parts.claim, lateness }, note);
    if (turn.kind === 'ended') {
      await announce(parts, turn.origin, { messageId: note.messageId, outcome: null });
      parts.ring(turn.lineId);
      return { kind: 'done' };
    }
    if (turn.kind === 'not_now') return turn.verdict;

    const { attempt } = turn;
    parts.metrics.turnWaitSeconds.observe({ lane: attempt.lane }, turn.turnWaitMs / 1000);
    const trace = parts.deliveryTracing && traceDelivery(parts.deliveryTracing, attempt, turn.turnWaitMs);
    const attachmentId = await parts.attachments.find(attempt);
    const { outcome, phases } = await callGraph(parts, attempt, attachmentId, turn.mayWrite);
    trace?.called(outcome, phases);
    const answeredAt = performance.now();
    if (outcome.kind === 'asset_gone') await parts.attachments.forget(attempt, attachmentId);
    const step = nextStep(outcome, contextOf(attempt, attachmentId, parts.random));
    const settle = settlementOf(attempt, phases, outcome, step);
    const settled = await settleForSure(parts, settle);
    trace?.settled(step, settled);
    parts.metrics.settleSeconds.observe((performance.now() - answeredAt) / 1000);

    await tellWhoWaits(parts, attempt, settle, settled);
    trace?.announced();
    record(parts, attempt, outcome, phases, step, settled, trace);
    return settled.applied && settle.step === 'again'
      ? { kind: 'again', afterMs: settle.afterMs ?? 0 }
      : { kind: 'done' };
  };
}

function contextOf({ lane, tries }: OpenAttempt, attachmentId: string | null, random: () => number): AttemptContext {
  return { lane, triesBefore: tries, byAsset: attachmentId !== null, random };
}

async function callGraph(
  parts: DeliverParts,
  attempt: OpenAttempt,
  attachmentId: string | null,
  mayWrite: () => boolean,
): Promise<{ outcome: Outcome; phases: Phases }> {
  const secrets = parts.secretsOf(attempt.sealedToken, attempt.sealedAppSecret);
  if (secrets.kind === 'locked') return { outcome: lockedLine, phases: noPhases };

  parts.metrics.attemptsInFlight.inc();
  const endCall = parts.beginCall(attempt);
  let ended: OutcomeKind = 'withheld';
  try {
    const reply: Reply = await parts.graph.send({
      token: secrets.token,
      appSecret: secrets.appSecret,
      message: { dest: attempt.dest, type: attempt.type, data: attempt.data, attachmentId },
      metadata: formatMetadata({ cdlsId: attempt.messageId, attempt: attempt.attempt }),
      deadlineMs: callDeadlineMs[attempt.type],
      mayWrite,
    });
    const outcome = classify(reply, [secrets.token, attempt.data]);
    ended = outcome.kind;
    return { outcome, phases: reply.phases };
  } finally {
    endCall(ended);
    parts.metrics.attemptsInFlight.dec();
  }
}

const noPhases: Phases = { connectedMs: null, writtenMs: null, answeredMs: null, totalMs: 0 };

/**
 * The answer exists only here until it is committed, so it is kept and tried again for as long as the process lives.
 * If the process dies first, the lease runs out and the message is unknown.
 */
async function settleForSure(parts: DeliverParts, settle: Settle): Promise<Settled> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await parts.settle(settle);
    } catch (err) {
      const details = { err, cdls_id: settle.messageId, attempt: settle.attempt, tries };
      if (tries % 10 === 1) parts.logger.warn(details, 'an outcome could not be recorded yet');
      await sleep(Math.min(2_000, 100 * tries));
    }
  }
}

async function tellWhoWaits(
  parts: DeliverParts,
  attempt: OpenAttempt,
  settle: Settle,
  settled: Settled,
): Promise<void> {
  if (!settled.applied) return;
  const outcome = outcomeToTell(settle);
  if (outcome !== null) await announce(parts, settled.origin, { messageId: attempt.messageId, outcome });
  if (settled.lane === 'bulk') parts.ring(attempt.lineId);
  // A lost wake costs at most the second the note would have slept anyway.
  if (settled.wake) await parts.queue.wake(settled.wake.lane, settled.wake).catch(() => {});
}

async function announce(parts: DeliverParts, origin: string | null, announcement: Announcement): Promise<void> {
  if (origin !== null) await parts.queue.signals.announce(origin, [announcement]);
}

/** What the row says now, for whoever waits; null while it is still being worked on. */
function outcomeToTell({ step, returnCode, returnId }: Settle): AnnouncedOutcome | null {
  if (step === 'again' || step === 'backlog') return null;
  return { status: step === 'unknown' ? 'WR' : step, returnCode, returnId };
}

function record(
  { metrics, lineCounters, logger }: DeliverParts,
  attempt: OpenAttempt,
  outcome: Outcome,
  phases: Phases,
  step: NextStep,
  settled: Settled,
  trace: DeliveryTrace | null,
): void {
  metrics.graphCallSeconds.observe({ outcome: outcome.kind }, phases.totalMs / 1000);
  const errorClass = errorClassOf(outcome);
  if (errorClass !== null) {
    metrics.attemptErrors.inc({ class: errorClass });
    lineCounters.failed(attempt.lineId, errorClass);
  }
  if (outcome.kind === 'sent') lineCounters.sent(attempt.lineId);
  if (settled.applied && (step.kind === 'settle' || step.kind === 'unknown')) {
    metrics.messagesSettled.inc({ outcome: outcome.kind });
  }
  const ended = step.kind === 'settle' && settled.applied;
  if (ended && settled.endToEndMs !== null) {
    metrics.endToEndSeconds.observe({ lane: attempt.lane }, settled.endToEndMs / 1000);
  }
  const { httpStatus, code, subcode, fbtraceId } = outcome.reply;
  logger.info(
    {
      cdls_id: attempt.messageId,
      attempt: attempt.attempt,
      line: attempt.lineId,
      lane: attempt.lane,
      type: attempt.type,
      outcome: outcome.kind,
      ...(errorClass !== null && { errorClass }),
      next: step.kind,
      ...('afterMs' in step && { afterMs: Math.round(step.afterMs) }),
      ...(step.line.kind !== 'none' && { lineEffect: step.line.kind }),
      httpStatus,
      code,
      subcode,
      fbtraceId,
      waitedMs: Math.round(attempt.waitedMs),
      ...phases,
      endToEndMs: settled.endToEndMs === null ? null : Math.round(settled.endToEndMs),
      applied: settled.applied,
      ...trace?.fields,
    },
    'attempt',
  );
}
