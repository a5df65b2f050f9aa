import { type Link, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { bounded } from './bounded.ts';
import type { Logger } from './logger.ts';
import type { OpenSpan, SpanFacts, SpanKind as SpanKindWord } from './open-span.ts';
import { openSpanBelt } from './span-belt.ts';
import { openSpanLosses } from './span-losses.ts';
import { samplerOf } from './trace-sampler.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';
import type { SpanStart, Tracing } from './tracing.ts';
import type { SamplerName } from './tracing-environment.ts';

export interface TraceSdkOptions {
  sampler: SamplerName;
  ratio: number;
  /** The name of the service, unless the environment has one. */
  serviceName: string;
  instance: string;
  logger: Logger;
}

const closeWithinMs = 2_000;
/** What comes from outside, such as an id of Meta's, is cut here. */
const longestValue = 256;

/**
 * OpenTelemetry's SDK without its global state: nothing is registered, and parents are named and never looked up, so that
 * nothing follows our code through its promises. Only `tracing.ts` imports this file, and only when it is wanted.
 */
export function startTraceSdk({ sampler, ratio, serviceName, instance, logger }: TraceSdkOptions): Tracing {
  const losses = openSpanLosses(logger, () => performance.now());
  const belt = openSpanBelt(new OTLPTraceExporter(), losses);
  const provider = new TracerProvider({
    resource: resourceOf(serviceName, instance),
    sampler: samplerOf(sampler, ratio),
    spanLimits: { attributeValueLengthLimit: longestValue },
    spanProcessors: [belt.processor],
  });
  const tracer = provider.getTracer('pombo');

  return {
    begin(name, { kind, origin, fromMs, facts }) {
      const { parent, links } = whereItBegins(origin);
      // One difference of the two clocks for all spans below this one, so that they stand in order.
      const epochMs = Date.now() - performance.now();
      const options = { kind: kinds[kind], startTime: epochMs + (fromMs ?? performance.now()), links };
      return tellSpan(tracer, tracer.startSpan(name, { ...options, attributes: attributesOf(facts) }, parent), epochMs);
    },
    async close() {
      const left = await bounded(provider.shutdown(), closeWithinMs).catch((error: unknown) => error);
      if (belt.open() > 0) losses.lost(belt.open(), left ?? new Error('the process has stopped'));
      losses.sayTheRest();
    },
  };
}

/** What the environment says of the service goes before what we say. */
function resourceOf(serviceName: string, instance: string) {
  return defaultResource()
    .merge(resourceFromAttributes({ 'service.name': serviceName, 'service.instance.id': instance }))
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }));
}

const kinds = {
  server: SpanKind.SERVER,
  internal: SpanKind.INTERNAL,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
} as const satisfies Record<SpanKindWord, SpanKind>;

function whereItBegins(origin: SpanStart['origin']) {
  const from = parseTraceparent(origin?.traceparent ?? undefined);
  if (from === null) return { parent: ROOT_CONTEXT, links: [] };
  const context = {
    traceId: from.traceId,
    spanId: from.spanId,
    traceFlags: from.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  };
  const links: Link[] = origin?.as === 'link' ? [{ context }] : [];
  return { parent: links.length > 0 ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, context), links };
}

/** Our words for a span of the SDK's. `epochMs` is what `performance.now()` lacks to be the time of day. */
function tellSpan(tracer: Tracer, span: ReturnType<Tracer['startSpan']>, epochMs: number): OpenSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const timeOf = (atMs: number | undefined) => epochMs + (atMs ?? performance.now());
  return {
    traceparent: formatTraceparent({ traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 }),
    fields: { trace_id: traceId, span_id: spanId },
    child(name, { kind = 'internal', fromMs, facts } = {}) {
      const options = { kind: kinds[kind], startTime: timeOf(fromMs), attributes: attributesOf(facts) };
      return tellSpan(tracer, tracer.startSpan(name, options, trace.setSpan(ROOT_CONTEXT, span)), epochMs);
    },
    tell: (facts) => void span.setAttributes(attributesOf(facts)),
    event: (name, atMs) => void span.addEvent(name, timeOf(atMs)),
    fail(errorType) {
      span.setAttribute('error.type', errorType).setStatus({ code: SpanStatusCode.ERROR });
    },
    end: (atMs) => span.end(timeOf(atMs)),
  };
}

function attributesOf(facts: SpanFacts = {}): Record<string, string | number | boolean> {
  const known = Object.entries(facts).filter((entry): entry is [string, string | number | boolean] => entry[1] != null);
  return Object.fromEntries(known);
}
