import type { QuotaUse } from '@pombo/domain/usage.ts';
import { noUsage } from '@pombo/domain/usage.ts';
import { expect, test } from 'vitest';
import { readRetryAfter, readUsage, type UsageHeaders } from './usage.ts';

const none: UsageHeaders = { businessUsage: null, appUsage: null, pageUsage: null, retryAfter: null };
const business = (...entries: object[]) => JSON.stringify({ '106378625516323': entries });
const use = (peakPercent: number, regainMs: number | null = null): QuotaUse => ({ peakPercent, regainMs });

const cases: [string, Partial<UsageHeaders>, QuotaUse, QuotaUse][] = [
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
    use(1),
    use(0),
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
    use(125, 600_000),
    use(0),
  ],
  [
    'each header speaks of its own quota',
    {
      businessUsage: business({ type: 'messenger', call_count: 12, estimated_time_to_regain_access: 2 }),
      appUsage: '{"call_count":28,"total_time":25,"total_cputime":25}',
    },
    use(12, 120_000),
    use(28),
  ],
  ['the legacy page header', { pageUsage: '{"call_count":95,"total_time":2,"total_cputime":3}' }, use(95), use(0)],
  [
    'several objects and several types: the fullest, and the longest wait',
    {
      businessUsage: JSON.stringify({
        1: [
          { type: 'pages', call_count: 3 },
          { type: 'messenger', call_count: 80, estimated_time_to_regain_access: 2 },
        ],
        2: [{ type: 'messenger', call_count: 9, estimated_time_to_regain_access: 5 }],
      }),
      pageUsage: '{"call_count":81}',
    },
    use(81, 300_000),
    use(0),
  ],
  [
    'the quotas of other products hold no message back',
    { businessUsage: business({ type: 'ads_management', call_count: 100, estimated_time_to_regain_access: 60 }) },
    use(0),
    use(0),
  ],
  ['not JSON', { businessUsage: 'oops', appUsage: '[1,2]', pageUsage: 'null' }, use(0), use(0)],
  [
    'nonsense values',
    {
      businessUsage: '{"1":[null,5,{"type":"messenger","call_count":"12","total_time":-4}],"2":"x"}',
      appUsage: '{"call_count":1e999,"total_time":null}',
    },
    use(0),
    use(0),
  ],
  [
    'an estimate of years is cut at a day',
    { businessUsage: business({ type: 'messenger', estimated_time_to_regain_access: 9e9 }) },
    use(0, 86_400_000),
    use(0),
  ],
];

test.each(cases)('%s', (_name, headers, page, app) => {
  expect(readUsage({ ...none, ...headers })).toEqual({ page, app });
});

test('no headers at all', () => {
  expect(readUsage(none)).toEqual(noUsage);
});

test.each([
  ['in seconds', '7', 7000],
  ['as a date is left alone', 'Wed, 21 Oct 2026 07:28:00 GMT', null],
  ['of nothing', '0', null],
  ['of a week', '604800', 86_400_000],
])('Retry-After %s', (_name, retryAfter, ms) => {
  expect(readRetryAfter({ ...none, retryAfter })).toBe(ms);
});
