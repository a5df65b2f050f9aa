import type { LineEffect } from './line-effect.ts';
import type { ReplyFacts } from './outcome.ts';
import type { QuotaScope, QuotaUse, Usage } from './usage.ts';

/** How full a quota may be, in percent, before a line goes slower, and before it stops. */
const quotaLimits = { slowFromPercent: 80, stopFromPercent: 95 } as const;

/** The share of the configured pace that is left just below the stop. */
const leastShare = 0.1;

/** How long to leave a quota alone that is used up, when Meta named no time, in milliseconds. */
const usedUpPauseMs = { page: 300_000, app: 300_000 } as const satisfies Record<QuotaScope, number>;

/**
 * What is left of the pace after a pause: this much of what it was when the pause began. A call that was refused as too
 * fast halves it. A quota that is used up was not met at that pace for a whole window, so it leaves a quarter.
 */
const shareAfterPause = { tooFast: 0.5, usedUp: 0.25 } as const;

const whose = { page: 'this page', app: 'this app' } as const satisfies Record<QuotaScope, string>;

/** Meta refused a call as too fast: nothing for a while, and then at half the pace. */
export function effectOfThrottle(
  scope: QuotaScope,
  forMs: number,
  { code, subcode, httpStatus }: ReplyFacts,
): LineEffect {
  const number = code === null ? `HTTP ${httpStatus}` : `code ${code}${subcode === null ? '' : `/${subcode}`}`;
  const because = `Meta: too many calls for ${whose[scope]} (${number})`;
  return { kind: 'pause', scope, forMs, share: shareAfterPause.tooFast, because };
}

/**
 * What the quotas call for. Below 80 % nothing; from there the pace falls in a straight line from all of it to a tenth
 * at 95 %; from 95 % on nothing goes for as long as Meta says (5 minutes when it says nothing), and then at a quarter of
 * the pace there was. When both quotas are filling, the graver effect counts: a pause before a slower pace, the longer
 * pause, the slower pace. Of two alike the app's counts, because it holds this line back as well.
 */
export function effectOfUsage(usage: Usage): LineEffect {
  const page = effectOfQuota('page', usage.page);
  const app = effectOfQuota('app', usage.app);
  return gravity(page) > gravity(app) ? page : app;
}

function effectOfQuota(scope: QuotaScope, { peakPercent, regainMs }: QuotaUse): LineEffect {
  const because = `Meta: ${Math.floor(peakPercent)} % of the calls of ${whose[scope]} are used up`;
  if (peakPercent >= quotaLimits.stopFromPercent) {
    const forMs = regainMs ?? usedUpPauseMs[scope];
    return { kind: 'pause', scope, forMs, share: shareAfterPause.usedUp, because };
  }
  return peakPercent >= quotaLimits.slowFromPercent
    ? { kind: 'slow', scope, share: shareAt(peakPercent), because }
    : { kind: 'none' };
}

function shareAt(percent: number): number {
  const { slowFromPercent, stopFromPercent } = quotaLimits;
  const way = (percent - slowFromPercent) / (stopFromPercent - slowFromPercent);
  return 1 - way * (1 - leastShare);
}

/** Grows with what an effect takes away: below 1 for a slower pace, beyond it for a pause. */
function gravity(effect: LineEffect): number {
  if (effect.kind === 'pause') return 1 + effect.forMs;
  return effect.kind === 'slow' ? 1 - effect.share : -1;
}
