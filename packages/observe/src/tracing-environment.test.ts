import { expect, it } from 'vitest';
import { readTracingEnvironment } from './tracing-environment.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const on = { kind: 'on', sampler: 'parentbased_always_on', ratio: 1 };

it.each([
  ['nothing is said', {}],
  ['the endpoint is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
  ['only a name and a sampler are given', { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' }],
  ['the SDK is disabled', { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }],
  ['traces are to go nowhere', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }],
])('is off when %s', (_when, environment) => {
  expect(readTracingEnvironment(environment)).toEqual({ asked: { kind: 'off' }, remarks: [] });
});

it.each([
  ['an endpoint for everything', endpoint, on],
  ['an endpoint for traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' }, on],
  ['an SDK that is not disabled', { ...endpoint, OTEL_SDK_DISABLED: 'false' }, on],
  ['another sampler', { ...endpoint, OTEL_TRACES_SAMPLER: 'always_off' }, { ...on, sampler: 'always_off' }],
  [
    'a share of the traces',
    { ...endpoint, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.01' },
    { kind: 'on', sampler: 'parentbased_traceidratio', ratio: 0.01 },
  ],
])('is on with %s', (_with, environment, asked) => {
  expect(readTracingEnvironment(environment)).toEqual({ asked, remarks: [] });
});

it.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, { kind: 'off' }, 'no http(s) URL'],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'no address' }, { kind: 'off' }, 'no http(s) URL'],
  [{ ...endpoint, OTEL_TRACES_SAMPLER: 'sometimes' }, on, 'none of always_on'],
  [
    { ...endpoint, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '10%' },
    { ...on, sampler: 'traceidratio' },
    'no number from 0 to 1',
  ],
  [{ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, on, 'http/protobuf'],
])('says what it does not do: %j', (environment, asked, words) => {
  const reading = readTracingEnvironment(environment);
  expect(reading).toEqual({ asked, remarks: [expect.stringContaining(words)] });
});
