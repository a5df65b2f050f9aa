import { describe, expect, it } from 'vitest';
import type { ReplyFacts } from './outcome.ts';
import { effectOfThrottle, effectOfUsage } from './pace.ts';
import { noUsage, type QuotaUse } from './usage.ts';

const use = (peakPercent: number, regainMs: number | null = null): QuotaUse => ({ peakPercent, regainMs });
const page = (peakPercent: number, regainMs: number | null = null) =>
  effectOfUsage({ ...noUsage, page: use(peakPercent, regainMs) });

describe('effectOfUsage', () => {
  it('does nothing below 80 %, and nothing without a word', () => {
    for (const percent of [0, 1, 79.9]) expect(page(percent)).toEqual({ kind: 'none' });
    expect(page(10, 600_000)).toEqual({ kind: 'none' });
    expect(effectOfUsage(noUsage)).toEqual({ kind: 'none' });
  });

  it.each([
    [80, 1],
    [85, 0.7],
    [90, 0.4],
    [94.999, 0.1],
  ])('goes slower at %d %%: a share of %d', (percent, share) => {
    expect(page(percent)).toMatchObject({ kind: 'slow', scope: 'page', share: expect.closeTo(share, 3) });
  });

  it('stops from 95 % on, as long as Meta says or five minutes, and goes on at a quarter', () => {
    expect(page(95)).toEqual({
      kind: 'pause',
      scope: 'page',
      forMs: 300_000,
      share: 0.25,
      because: 'Meta: 95 % of the calls of this page are used up',
    });
    expect(page(130, 120_000)).toMatchObject({ kind: 'pause', forMs: 120_000 });
    expect(effectOfUsage({ ...noUsage, app: use(100) })).toMatchObject({
      scope: 'app',
      because: 'Meta: 100 % of the calls of this app are used up',
    });
  });

  it.each([
    [use(97, 60_000), use(85), 'page'],
    [use(94), use(96, 1), 'app'],
    [use(96, 60_000), use(96, 120_000), 'app'],
    [use(96, 120_000), use(99, 60_000), 'page'],
    [use(92), use(88), 'page'],
    [use(90), use(90), 'app'],
    [use(80), use(0), 'page'],
  ] as const)('of %j for the page and %j for the app, %s counts', (ofPage, ofApp, scope) => {
    expect(effectOfUsage({ page: ofPage, app: ofApp })).toMatchObject({ scope });
  });
});

describe('effectOfThrottle', () => {
  const reply: ReplyFacts = { httpStatus: 400, code: 613, subcode: null, fbtraceId: null, text: '', usage: noUsage };

  it('pauses the scope, and halves the pace', () => {
    expect(effectOfThrottle('page', 30_000, reply)).toEqual({
      kind: 'pause',
      scope: 'page',
      forMs: 30_000,
      share: 0.5,
      because: 'Meta: too many calls for this page (code 613)',
    });
  });

  it('names the subcode, or the status when there is no code', () => {
    expect(effectOfThrottle('app', 1, { ...reply, subcode: 1996 })).toMatchObject({
      because: 'Meta: too many calls for this app (code 613/1996)',
    });
    expect(effectOfThrottle('page', 1, { ...reply, httpStatus: 429, code: null })).toMatchObject({
      because: 'Meta: too many calls for this page (HTTP 429)',
    });
  });
});
