import type { OpenAttempt } from '@pombo/db/claim.ts';
import type { Settled } from '@pombo/db/settle.ts';
import type { NextStep } from '@pombo/domain/next-step.ts';
import type { Outcome } from '@pombo/domain/outcome.ts';
import { errorClassOf } from '@pombo/graph/error-class.ts';
import type { Phases } from '@pombo/graph/reply.ts';
import type { TraceFields } from '@pombo/observe/open-span.ts';
import type { Tracing } from '@pombo/observe/tracing.ts';

export interface DeliveryTracing {
  tracing: Tracing;
  /** Where calls go to. */
  messagesUrl: string;
}

/** Tells one delivery to those who trace it, step by step as each is over. No text, no token, no recipient. */
export interface DeliveryTrace {
  readonly fields: TraceFields;
  called(outcome: Outcome, phases: Phases): void;
  settled(step: NextStep, settled: Settled): void;
  announced(): void;
}

/**
 * Begins with the turn. A message somebody waits for goes on in the trace of its request. Any other has a trace of its own,
 * with a link to the request if there was one: it may come hours later, and a campaign would be one trace of a million spans.
 */
export function traceDelivery(
  { tracing, messagesUrl }: DeliveryTracing,
  attempt: OpenAttempt,
  turnWaitMs: number,
): DeliveryTrace {
  const turnAt = performance.now();
  const { lane, traceparent } = attempt;
  const delivery = tracing.begin('deliver', {
    kind: 'consumer',
    origin: { traceparent, as: lane === 'now' ? 'parent' : 'link' },
    fromMs: turnAt - turnWaitMs,
    facts: {
      'messaging.system': 'bullmq',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'deliver',
      'messaging.destination.name': `pombo-${lane}`,
      cdls_id: attempt.messageId,
      'pombo.attempt': attempt.attempt,
      'pombo.line': attempt.lineId,
      'pombo.lane': lane,
      'pombo.campaign': attempt.campaignId,
      'pombo.waited_ms': Math.round(attempt.waitedMs),
    },
  });
  delivery.child('wait for turn', { fromMs: turnAt - turnWaitMs }).end(turnAt);
  let sinceMs = turnAt;

  return {
    fields: delivery.fields,
    called(outcome, phases) {
      sinceMs = performance.now();
      delivery.tell({ 'pombo.outcome': outcome.kind, fbtrace_id: outcome.reply.fbtraceId });
      // No call was made: no key opens the line's token.
      if (phases.totalMs === 0) return;
      const calledAt = sinceMs - phases.totalMs;
      const call = delivery.child('Graph call', {
        kind: 'client',
        fromMs: calledAt,
        facts: {
          ...factsOfServer(messagesUrl),
          ...factsOfAnswer(outcome),
          cdls_id: attempt.messageId,
          'pombo.line': attempt.lineId,
        },
      });
      for (const [name, afterMs] of momentsOf(phases)) if (afterMs !== null) call.event(name, calledAt + afterMs);
      const errorClass = errorClassOf(outcome);
      if (errorClass !== null) call.fail(errorClass);
      call.end(sinceMs);
    },
    settled(step, { applied }) {
      delivery.child('settle', { fromMs: sinceMs, facts: { 'pombo.next': step.kind, 'pombo.applied': applied } }).end();
      sinceMs = performance.now();
    },
    announced() {
      delivery.child('announce', { fromMs: sinceMs }).end();
      delivery.end();
    },
  };
}

function factsOfServer(messagesUrl: string) {
  const { hostname, port, protocol } = new URL(messagesUrl);
  return {
    'http.request.method': 'POST',
    'url.full': messagesUrl,
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
  };
}

function factsOfAnswer({ kind, reply }: Outcome) {
  return {
    'http.response.status_code': reply.httpStatus || null,
    'graph.code': reply.code,
    'graph.subcode': reply.subcode,
    fbtrace_id: reply.fbtraceId,
    'pombo.outcome': kind,
  };
}

function momentsOf({ connectedMs, writtenMs, answeredMs }: Phases) {
  return [
    ['connected', connectedMs],
    ['written', writtenMs],
    ['answered', answeredMs],
  ] as const;
}
