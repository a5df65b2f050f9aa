import { describe, expect, it } from 'vitest';
import { type AttemptContext, nextStep } from './next-step.ts';
import type { Outcome, ReplyFacts } from './outcome.ts';
import { retryPlanSeconds } from './retry-plan.ts';
import { noUsage, type Usage } from './usage.ts';

const reply: ReplyFacts = { httpStatus: 400, code: null, subcode: null, fbtraceId: null, text: '', usage: noUsage };
const evenly = () => 0.5;
const bulk: AttemptContext = { lane: 'bulk', triesBefore: 0, byAsset: false, random: evenly };
const now: AttemptContext = { ...bulk, lane: 'now' };

describe('nextStep', () => {
  it('settles what Graph accepted', () => {
    const sent: Outcome = { kind: 'sent', metaMessageId: 'm_1', reply };
    expect(nextStep(sent, bulk)).toEqual({ kind: 'settle', as: 'OK', line: { kind: 'none' } });
  });

  it('never decides an unknown outcome by itself', () => {
    for (const because of [
      'no_answer',
      'broken_answer',
      'server_error',
      'unreadable_answer',
      'meta_is_unsure',
    ] as const) {
      expect(nextStep({ kind: 'unknown', because, reply }, now)).toEqual({ kind: 'unknown', line: { kind: 'none' } });
    }
  });

  it('waits out a throttle without counting a try, and holds back the scope it names', () => {
    const page: Outcome = { kind: 'throttled', scope: 'page', regainMs: 120_000, reply };
    expect(nextStep(page, bulk)).toEqual({
      kind: 'again',
      afterMs: 120_000,
      costsTry: false,
      line: {
        kind: 'pause',
        scope: 'page',
        forMs: 120_000,
        share: 0.5,
        because: 'Meta: too many calls for this page (HTTP 400)',
      },
    });
    const recipient: Outcome = { kind: 'throttled', scope: 'recipient', regainMs: null, reply };
    expect(nextStep(recipient, bulk)).toMatchObject({ kind: 'again', costsTry: false, line: { kind: 'none' } });
  });

  it('tries again by the plan what was certainly not sent, and gives up at its end', () => {
    const away: Outcome = { kind: 'unavailable', because: 'no_connection', reply };
    const steps = retryPlanSeconds.map((_, triesBefore) => nextStep(away, { ...bulk, triesBefore }));
    expect(steps.map((step) => 'afterMs' in step && step.afterMs)).toEqual(retryPlanSeconds.map((s) => s * 1000));
    expect(steps.every((step) => step.kind === 'again' && step.costsTry)).toBe(true);
    expect(nextStep(away, { ...bulk, triesBefore: retryPlanSeconds.length })).toMatchObject({ as: 'ERROR' });
  });

  it('suspects the line only after a refusal for want of a permission', () => {
    const refused = (about: 'recipient' | 'request' | 'configuration' | 'permission') =>
      nextStep({ kind: 'refused', about, reply }, bulk);
    expect(refused('permission')).toMatchObject({
      kind: 'settle',
      as: 'ERROR',
      line: { kind: 'suspect', mend: { by: 'operator' }, because: expect.stringContaining('permission') },
    });
    for (const about of ['recipient', 'request', 'configuration'] as const) {
      expect(refused(about)).toEqual({ kind: 'settle', as: 'ERROR', line: { kind: 'none' } });
    }
  });

  it('parks a line that is down: who waits is answered, everybody else waits for the line', () => {
    const down: Outcome = { kind: 'line_down', mend: { by: 'token' }, because: 'a dead token', reply };
    const park = { kind: 'park', mend: { by: 'token' }, because: 'a dead token' };
    expect(nextStep(down, now)).toEqual({ kind: 'settle', as: 'ERROR', line: park });
    expect(nextStep(down, bulk)).toEqual({ kind: 'backlog', line: park });
  });

  it('takes a call that was held back again at once, free of charge', () => {
    expect(nextStep({ kind: 'withheld', reply }, bulk)).toMatchObject({ kind: 'again', afterMs: 0, costsTry: false });
  });

  it('sends again, free of charge, what was refused for the sake of an id; and without one is done with it', () => {
    const gone: Outcome = { kind: 'asset_gone', reply };
    expect(nextStep(gone, { ...bulk, byAsset: true })).toEqual({
      kind: 'again',
      afterMs: 0,
      costsTry: false,
      line: { kind: 'none' },
    });
    expect(nextStep(gone, bulk)).toEqual({ kind: 'settle', as: 'ERROR', line: { kind: 'none' } });
  });

  describe('what an answer says of the quotas', () => {
    const full: Usage = { ...noUsage, page: { peakPercent: 97, regainMs: 60_000 } };
    const withUsage = { ...reply, code: 1, usage: full };
    const rest = { kind: 'pause', scope: 'page', forMs: 60_000 };

    it.each<Outcome>([
      { kind: 'sent', metaMessageId: 'm_1', reply: withUsage },
      { kind: 'unknown', because: 'meta_is_unsure', reply: withUsage },
      { kind: 'refused', about: 'recipient', reply: withUsage },
      { kind: 'throttled', scope: 'recipient', regainMs: null, reply: withUsage },
    ])('counts beside $kind', (outcome) => {
      expect(nextStep(outcome, bulk).line).toMatchObject(rest);
    });

    it.each<[Outcome, string]>([
      [{ kind: 'throttled', scope: 'app', regainMs: 5, reply: withUsage }, 'pause'],
      [{ kind: 'refused', about: 'permission', reply: withUsage }, 'suspect'],
      [{ kind: 'line_down', mend: { by: 'operator' }, because: '', reply: withUsage }, 'park'],
    ])('yields to what the outcome says of the line: %j', (outcome, kind) => {
      const { line } = nextStep(outcome, bulk);
      expect(line.kind).toBe(kind);
      expect(line).not.toMatchObject(rest);
    });
  });
});
