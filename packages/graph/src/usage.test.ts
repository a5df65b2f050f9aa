import { expect, test } from 'vitest';
import { readUsage, type UsageHeaders } from './usage.ts';

const none: UsageHeaders = { businessUsage: null, appUsage: null, pageUsage: null, retryAfter: null };
const business = (entry: object) => JSON.stringify({ '106378625516323': [entry] });

const cases: [string, Partial<UsageHeaders>, number, number | null][] = [
  ['no headers', {}, 0, null],
  [
    'a calm page',
    {
      businessUsage: business({
        type: 'messenger',
        call_count: 1,
        total_cputime: 1,
        total_time: 1,
        estimated_time_to_regain_access: 0,
      }),
    },
    1,
    null,
  ],
  [
    'beyond its quota, ten minutes to wait',
    {
      businessUsage: business({
        type: 'pages',
        call_count: 107,
        total_cputime: 1,
        total_time: 125,
        estimated_time_to_regain_access: 10,
      }),
    },
    125,
    600_000,
  ],
  ['the app header', { appUsage: '{"call_count":28,"total_time":25,"total_cputime":25}' }, 28, null],
  ['the legacy page header', { pageUsage: '{"call_count":95,"total_time":2,"total_cputime":3}' }, 95, null],
  [
    'several objects and several types',
    {
      businessUsage:
        '{"1":[{"type":"pages","call_count":3},{"type":"messenger","call_count":80,"estimated_time_to_regain_access":2}],"2":[{"call_count":9,"estimated_time_to_regain_access":5}]}',
    },
    80,
    300_000,
  ],
  ['Retry-After in seconds', { retryAfter: '7' }, 0, 7000],
  ['Retry-After as a date is left alone', { retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' }, 0, null],
  ['not JSON', { businessUsage: 'oops', appUsage: '[1,2]', pageUsage: 'null' }, 0, null],
  ['nonsense values', { businessUsage: '{"1":[null,5,{"call_count":"12","total_time":-4}],"2":"x"}' }, 0, null],
  [
    'an estimate of years is cut at a day',
    { businessUsage: business({ estimated_time_to_regain_access: 9e9 }) },
    0,
    86_400_000,
  ],
];

test.each(cases)('%s', (_name, headers, peakPercent, regainMs) => {
  expect(readUsage({ ...none, ...headers })).toEqual({ peakPercent, regainMs });
});
