import { TraceFlags, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { SamplerName } from './tracing-environment.ts';

const samplers = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
  parentbased_always_on: () => byOrigin(new AlwaysOnSampler()),
  parentbased_always_off: () => byOrigin(new AlwaysOffSampler()),
  parentbased_traceidratio: (ratio) => byOrigin(new TraceIdRatioBasedSampler(ratio)),
} as const satisfies Record<SamplerName, (ratio: number) => Sampler>;

/** Which traces are recorded. */
export function samplerOf(name: SamplerName, ratio: number): Sampler {
  return samplers[name](ratio);
}

/** What was decided about the request holds for its delivery, also where that is a trace of its own with a link to it. */
function byOrigin(root: Sampler): Sampler {
  const byParent = new ParentBasedSampler({ root });
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      const [link] = links;
      if (link === undefined || trace.getSpan(context)) {
        return byParent.shouldSample(context, traceId, name, kind, attributes, links);
      }
      const sampled = (link.context.traceFlags & TraceFlags.SAMPLED) === TraceFlags.SAMPLED;
      return { decision: sampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
    },
    toString: () => `ByOrigin{${byParent}}`,
  };
}
