/** The samplers of OpenTelemetry that a process can be told to use. */
export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

export type TracingAsked = { kind: 'off' } | { kind: 'on'; sampler: SamplerName; ratio: number };

export interface TracingReading {
  asked: TracingAsked;
  /** What in the environment is not done as it says. Sentences for the log; tracing never keeps a process from starting. */
  remarks: string[];
}

const samplerNames: readonly string[] = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] satisfies SamplerName[];

/**
 * Whether somebody wants traces, and how many: the standard variables of OpenTelemetry that its SDK leaves to whoever
 * sets it up. All others that count (README) it reads by itself. Pure.
 */
export function readTracingEnvironment(environment: Readonly<Record<string, string | undefined>>): TracingReading {
  const said = (name: string) => environment[name]?.trim() ?? '';
  const endpoint = said('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') || said('OTEL_EXPORTER_OTLP_ENDPOINT');
  const off: TracingAsked = { kind: 'off' };
  if (endpoint === '' || said('OTEL_SDK_DISABLED').toLowerCase() === 'true') return { asked: off, remarks: [] };
  if (said('OTEL_TRACES_EXPORTER') === 'none') return { asked: off, remarks: [] };
  if (!isHttp(endpoint)) {
    return { asked: off, remarks: ['OTEL_EXPORTER_OTLP_ENDPOINT is no http(s) URL, so nothing is traced.'] };
  }
  const { sampler, remark } = readSampler(said('OTEL_TRACES_SAMPLER'));
  const ratio = readRatio(sampler, said('OTEL_TRACES_SAMPLER_ARG'));
  const remarks = [remarkOnProtocol(said), remark, ratio.remark].filter((sentence) => sentence !== null);
  return { asked: { kind: 'on', sampler, ratio: ratio.ratio }, remarks };
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function readSampler(text: string): { sampler: SamplerName; remark: string | null } {
  const usual = 'parentbased_always_on';
  if (text === '') return { sampler: usual, remark: null };
  if (isSamplerName(text)) return { sampler: text, remark: null };
  return { sampler: usual, remark: `OTEL_TRACES_SAMPLER is none of ${samplerNames.join(', ')}; ${usual} is used.` };
}

function isSamplerName(text: string): text is SamplerName {
  return samplerNames.includes(text);
}

function readRatio(sampler: SamplerName, text: string): { ratio: number; remark: string | null } {
  const ratio = Number(text);
  if (!sampler.endsWith('traceidratio') || text === '') return { ratio: 1, remark: null };
  if (ratio >= 0 && ratio <= 1) return { ratio, remark: null };
  return { ratio: 1, remark: 'OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1, so every trace is recorded.' };
}

function remarkOnProtocol(said: (name: string) => string): string | null {
  const protocol = said('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') || said('OTEL_EXPORTER_OTLP_PROTOCOL');
  return protocol === '' || protocol === 'http/protobuf'
    ? null
    : 'OTEL_EXPORTER_OTLP_PROTOCOL: Pombo speaks http/protobuf to a collector, whatever it says.';
}
