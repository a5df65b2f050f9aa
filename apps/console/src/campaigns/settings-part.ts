import type { Campaign } from '@pombo/db/campaigns.ts';
import { type Html, html } from '../page/html.ts';
import { whenUnknown } from '../page/on-unknown.ts';

/** How it is sent. */
export function settingsPart(campaign: Campaign): Html {
  const { name, rate, priority, onUnknown, validitySeconds, mostFailedPercent, mostUnknown, timeZone } = campaign;
  return html`<dl class="facts">
<dt>Name</dt><dd><bdi>${name}</bdi></dd>
<dt>Rate</dt><dd>${rate === null ? 'as its line allows' : `at most ${rate} per second`}</dd>
<dt>Hours</dt><dd>${hoursOf(campaign)}</dd>
<dt>Days</dt><dd>${daysOf(campaign)}</dd>
<dt>Time zone</dt><dd>${timeZone}</dd>
<dt>Priority</dt><dd>${priority} <span class="soft">among the campaigns of its line the higher goes first</span></dd>
<dt>When the outcome is unknown</dt><dd>${whenUnknown(onUnknown)}</dd>
<dt>A message is worth sending for</dt><dd>${spanOf(validitySeconds)}</dd>
<dt>Stops itself at</dt><dd>${budgetsOf(mostFailedPercent, mostUnknown)}</dd>
</dl>`;
}

function spanOf(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  return seconds % 3_600 === 0 ? `${seconds / 3_600} h` : `${seconds} s`;
}

function hoursOf({ timeStart, timeEnd }: Campaign): string {
  return timeStart === null || timeEnd === null ? 'all day' : `${timeStart} to ${timeEnd}`;
}

function daysOf({ dateStart, dateEnd }: Campaign): string {
  if (dateStart === null && dateEnd === null) return 'any';
  return [dateStart && `from ${dateStart}`, dateEnd && `until ${dateEnd}`].filter(Boolean).join(' ');
}

function budgetsOf(mostFailedPercent: number | null, mostUnknown: number | null): string {
  const budgets = [
    mostFailedPercent === null ? null : `more than ${mostFailedPercent} % failed`,
    mostUnknown === null ? null : `more than ${mostUnknown} unknown`,
  ].filter((budget) => budget !== null);
  return budgets.length === 0 ? 'no number of failures' : budgets.join(', or ');
}
