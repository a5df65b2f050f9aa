/**
 * What a span may say: these names and no others, so that no token, no message text and no PSID gets into one by the way.
 * OpenTelemetry's conventions where it has one; `cdls_id` and Meta's `fbtrace_id` as everybody knows them; the rest is ours.
 */
export type SpanFacts = Partial<
  Record<
    | 'client.address'
    | 'error.type'
    | 'http.request.method'
    | 'http.response.status_code'
    | 'http.route'
    | 'messaging.destination.name'
    | 'messaging.operation.name'
    | 'messaging.operation.type'
    | 'messaging.system'
    | 'server.address'
    | 'server.port'
    | 'url.full'
    | 'url.scheme'
    | 'cdls_id'
    | 'fbtrace_id'
    | 'graph.code'
    | 'graph.subcode'
    | 'pombo.accepted'
    | 'pombo.applied'
    | 'pombo.attempt'
    | 'pombo.campaign'
    | 'pombo.customer'
    | 'pombo.lane'
    | 'pombo.line'
    | 'pombo.next'
    | 'pombo.outcome'
    | 'pombo.replayed'
    | 'pombo.request_id'
    | 'pombo.status_code'
    | 'pombo.waited_ms',
    string | number | boolean | null | undefined
  >
>;

export type SpanName =
  | 'accept'
  | 'wait for outcome'
  | 'deliver'
  | 'wait for turn'
  | 'Graph call'
  | 'settle'
  | 'announce';

export type SpanKind = 'server' | 'internal' | 'consumer' | 'client';

/** The fields under which a log line says to which trace it belongs. */
export interface TraceFields {
  trace_id: string;
  span_id: string;
}

/** A span that is being told. All times are of `performance.now()`, in milliseconds. */
export interface OpenSpan {
  /** Who goes on elsewhere names this. */
  readonly traceparent: string;
  readonly fields: TraceFields;
  /** `fromMs`: when it began, if that was before now. */
  child(name: SpanName, options?: { kind?: SpanKind; fromMs?: number; facts?: SpanFacts }): OpenSpan;
  tell(facts: SpanFacts): void;
  event(name: string, atMs: number): void;
  /** `errorType`: one of few words. */
  fail(errorType: string): void;
  end(atMs?: number): void;
}
