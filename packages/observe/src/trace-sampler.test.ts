import { type Link, ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { samplerOf } from './trace-sampler.ts';
import type { SamplerName } from './tracing-environment.ts';

const origin = (traceFlags: TraceFlags) => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags });
/** Where a span may come from: whose request was recorded (yes) or not (no). */
const origins = {
  none: [ROOT_CONTEXT, []],
  'parent yes': [trace.setSpanContext(ROOT_CONTEXT, origin(TraceFlags.SAMPLED)), []],
  'parent no': [trace.setSpanContext(ROOT_CONTEXT, origin(TraceFlags.NONE)), []],
  'link yes': [ROOT_CONTEXT, [{ context: origin(TraceFlags.SAMPLED) }]],
  'link no': [ROOT_CONTEXT, [{ context: origin(TraceFlags.NONE) }]],
} as const satisfies Record<string, readonly [typeof ROOT_CONTEXT, Link[]]>;

it.each<[SamplerName, number, readonly (keyof typeof origins)[]]>([
  ['parentbased_always_on', 1, ['none', 'parent yes', 'link yes']],
  ['parentbased_always_off', 1, ['parent yes', 'link yes']],
  ['parentbased_traceidratio', 0, ['parent yes', 'link yes']],
  ['parentbased_traceidratio', 1, ['none', 'parent yes', 'link yes']],
  ['always_on', 1, ['none', 'parent yes', 'parent no', 'link yes', 'link no']],
  ['always_off', 1, []],
  ['traceidratio', 0, []],
])('%s (%d) records %j', (name, ratio, recorded) => {
  const sampler = samplerOf(name, ratio);
  const isRecorded = ([context, links]: readonly [typeof ROOT_CONTEXT, readonly Link[]]) =>
    sampler.shouldSample(context, 'c'.repeat(32), 'x', SpanKind.CONSUMER, {}, [...links]).decision !== 0;
  const seen = Object.entries(origins).flatMap(([what, where]) => (isRecorded(where) ? [what] : []));
  expect(seen).toEqual(recorded);
});
