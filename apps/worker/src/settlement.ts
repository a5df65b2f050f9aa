import type { OpenAttempt } from '@pombo/db/claim.ts';
import type { Settle } from '@pombo/db/settle.ts';
import type { LineEffect } from '@pombo/domain/line-effect.ts';
import { healthOf } from '@pombo/domain/line-health.ts';
import type { NextStep } from '@pombo/domain/next-step.ts';
import type { Outcome } from '@pombo/domain/outcome.ts';
import { errorClassOf } from '@pombo/graph/error-class.ts';
import type { Phases } from '@pombo/graph/reply.ts';

/** A sleep longer than this is spent in the backlog instead of as a job, when nobody waits for the answer. */
const sleepAsJobMs = 2_000;

/** The row of an ended attempt: what happened, what follows for the message, and what for its line. Pure. */
export function settlementOf(attempt: OpenAttempt, phases: Phases, outcome: Outcome, step: NextStep): Settle {
  const { reply } = outcome;
  return {
    messageId: attempt.messageId,
    attempt: attempt.attempt,
    lineId: attempt.lineId,
    dest: attempt.dest,
    sealedToken: attempt.sealedToken,
    ...messagePart(attempt, outcome, step),
    ...linePart(step.line),
    health: healthOf(outcome),
    outcome: outcome.kind,
    errorClass: errorClassOf(outcome),
    httpStatus: reply.httpStatus,
    code: reply.code,
    subcode: reply.subcode,
    fbtraceId: reply.fbtraceId === null ? null : storable(reply.fbtraceId).slice(0, 100),
    text: storable(reply.text),
    connectedMs: wholeMs(phases.connectedMs),
    writtenMs: wholeMs(phases.writtenMs),
    answeredMs: wholeMs(phases.answeredMs),
    totalMs: Math.round(phases.totalMs),
  };
}

type MessagePart = Pick<
  Settle,
  'step' | 'afterMs' | 'costsTry' | 'returnCode' | 'returnId' | 'returnLog' | 'statusDelivery'
>;

function messagePart(attempt: OpenAttempt, outcome: Outcome, step: NextStep): MessagePart {
  const { reply } = outcome;
  const said = {
    afterMs: null,
    costsTry: false,
    returnCode: reply.httpStatus || null,
    returnId: outcome.kind === 'sent' ? storable(outcome.metaMessageId) : null,
    returnLog: storable(reply.text),
    statusDelivery: deliveryWord(outcome),
  };
  switch (step.kind) {
    case 'settle':
      // A message that was never sent has no HTTP code of Graph's to its name, whatever the last try met.
      return { ...said, step: step.as, returnCode: outcome.kind === 'unavailable' ? 0 : reply.httpStatus };
    case 'unknown':
      return { ...said, step: 'unknown' };
    case 'backlog':
      return { ...said, step: 'backlog' };
    case 'again': {
      const asRow = attempt.lane === 'bulk' && step.afterMs > sleepAsJobMs;
      return { ...said, step: asRow ? 'backlog' : 'again', afterMs: step.afterMs, costsTry: step.costsTry };
    }
  }
}

/** What `cdls_status_delivery` says, for a person who reads the log. */
function deliveryWord(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'sent':
      return 'sent';
    case 'refused':
      return `refused: ${outcome.about}`;
    case 'asset_gone':
      return 'refused: its media is gone at Meta';
    case 'line_down':
      return 'refused: line down';
    case 'unknown':
      return `unknown: ${outcome.because.replaceAll('_', ' ')}`;
    case 'unavailable':
      return outcome.because === 'media_not_fetched'
        ? 'given up: Meta could not fetch its media'
        : 'given up: Graph could not be reached';
    case 'throttled':
    case 'withheld':
      return 'waiting';
  }
}

type LinePart = Pick<Settle, 'lineEffect' | 'scope' | 'lineMs' | 'share' | 'because' | 'mend'>;

const noEffect: LinePart = { lineEffect: 'none', scope: null, lineMs: null, share: null, because: null, mend: null };

function linePart(line: LineEffect): LinePart {
  switch (line.kind) {
    case 'none':
      return noEffect;
    case 'slow':
      return { ...noEffect, lineEffect: 'slow', scope: line.scope, share: line.share, because: line.because };
    case 'pause': {
      const { scope, forMs, share, because } = line;
      return { ...noEffect, lineEffect: 'pause', scope, lineMs: forMs, share, because };
    }
    case 'suspect':
    case 'park': {
      const { kind, mend, because } = line;
      return {
        ...noEffect,
        lineEffect: kind,
        lineMs: mend.by === 'time' ? mend.afterMs : null,
        because,
        mend: mend.by,
      };
    }
  }
}

/** PostgreSQL stores neither U+0000 nor half a surrogate pair, and Graph's answer is not ours to trust. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed();
}

function wholeMs(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}
