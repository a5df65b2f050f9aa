import { table } from '../answer.ts';
import { countsText, grouped, type Progress, percentOf, type Reason } from './progress.ts';

/** A campaign as the API shows it. */
export interface CampaignView extends Progress {
  id: number;
  name: string;
  line: number;
  mtype: string;
  mdata: string;
  defaults: Record<string, string>;
  rate: number | null;
  priority: number;
  time_zone: string;
  time_start: string | null;
  time_end: string | null;
  date_start: string | null;
  date_end: string | null;
  on_unknown: string;
  validity: number;
  max_failed_percent: number | null;
  max_unknown: number | null;
  created_at: string;
  starts_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  /** Only of a campaign that was asked for by itself. */
  reasons?: Reason[];
}

export function campaignText(campaign: CampaignView): string {
  const { counts, recipients } = campaign;
  const rows: [string, string][] = [
    ['campaign', `${campaign.id}  ${campaign.name}`],
    ['state', campaign.because === null ? campaign.state : `${campaign.state}: ${campaign.because}`],
    ['line', String(campaign.line)],
    ['says', `${campaign.mtype}: ${campaign.mdata}`],
    ['defaults', pairs(campaign.defaults)],
    ['list', `${grouped(recipients)} recipients, ${percentOf(campaign)} % done`],
    ['counts', countsText(counts)],
    ['pace', paceText(campaign)],
    ['window', windowText(campaign)],
    ['budgets', budgetsText(campaign)],
    ['unknown', `${campaign.on_unknown}; a message is valid for ${campaign.validity} s`],
    ['made', second(campaign.created_at)],
    ['starts', second(campaign.starts_at)],
    ['started', second(campaign.started_at)],
    ['ended', second(campaign.ended_at)],
  ];
  const text = rows.map(([what, value]) => `${what.padEnd(9)} ${value}`).join('\n');
  const { reasons = [] } = campaign;
  return reasons.length === 0 ? text : `${text}\n\n${reasonsTable(reasons)}`;
}

export function reasonsTable(reasons: readonly Reason[]): string {
  return table(
    ['', 'count', 'code', 'because'],
    reasons.map(({ state, count, code, because }) => [state, grouped(count), code ?? '-', because]),
    '',
  );
}

export function campaignsTable(campaigns: readonly CampaignView[]): string {
  return table(
    ['campaign', 'name', 'line', 'state', 'recipients', 'done', 'sent', 'failed', 'unknown', 'made'],
    campaigns.map((campaign) => [
      String(campaign.id),
      campaign.name,
      String(campaign.line),
      campaign.state,
      grouped(campaign.recipients),
      `${percentOf(campaign)} %`,
      grouped(campaign.counts.sent),
      grouped(campaign.counts.failed),
      grouped(campaign.counts.unknown),
      second(campaign.created_at),
    ]),
    'There is no campaign.',
  );
}

/** A moment of the API, for people. */
export function second(at: string | null): string {
  return at === null ? '-' : at.slice(0, 19).replace('T', ' ');
}

function paceText({ rate, rate_now, priority, eta }: CampaignView): string {
  const wanted = rate === null ? 'as fast as its line' : `at most ${rate}/s`;
  const through = eta === null ? [] : [`through at ${second(eta)}`];
  return [`${wanted}, now ${rate_now.toFixed(1)}/s`, `priority ${priority}`, ...through].join(', ');
}

function windowText(campaign: CampaignView): string {
  const { time_start, time_end, date_start, date_end, time_zone } = campaign;
  const hours = time_start === null ? 'all day' : `${time_start} to ${time_end}`;
  const days = [date_start && `from ${date_start}`, date_end && `until ${date_end}`].filter(Boolean).join(' ');
  return [hours, days, time_zone].filter((text) => text !== '').join(', ');
}

function budgetsText({ max_failed_percent, max_unknown }: CampaignView): string {
  const budgets = [
    ...(max_failed_percent === null ? [] : [`stops at more than ${max_failed_percent} % failed`]),
    ...(max_unknown === null ? [] : [`stops at more than ${max_unknown} unknown`]),
  ];
  return budgets.join(', ') || 'none';
}

function pairs(values: Record<string, string>): string {
  return (
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}`)
      .join(', ') || '-'
  );
}
