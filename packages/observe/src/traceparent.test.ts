import { expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

it.each([
  ['a recorded one', `00-${traceId}-${spanId}-01`, true],
  ['one that is not recorded', `00-${traceId}-${spanId}-00`, false],
  ['flags nobody knows yet', `00-${traceId}-${spanId}-03`, true],
  ['a later version with something more', `01-${traceId}-${spanId}-01-what-comes`, true],
])('reads %s', (_what, text, sampled) => {
  expect(parseTraceparent(text)).toEqual({ traceId, spanId, sampled });
});

it.each([
  ['nothing', undefined],
  ['an empty one', ''],
  ['two of them', `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`],
  ['two headers', [`00-${traceId}-${spanId}-01`]],
  ['capitals', `00-${traceId.toUpperCase()}-${spanId}-01`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
  ['a span of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['version ff', `ff-${traceId}-${spanId}-01`],
  ['something more in version 00', `00-${traceId}-${spanId}-01-x`],
  ['too short an id', `00-${traceId.slice(1)}-${spanId}-01`],
  ['a line break at its end', `00-${traceId}-${spanId}-01\n`],
])('takes %s for none', (_what, text) => {
  expect(parseTraceparent(text)).toBeNull();
});

it.each([true, false])('says the same again', (sampled) => {
  expect(parseTraceparent(formatTraceparent({ traceId, spanId, sampled }))).toEqual({ traceId, spanId, sampled });
});
