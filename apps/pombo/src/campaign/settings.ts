import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Answer, done } from '../answer.ts';
import { type Api, ask, inJson, posting } from '../api.ts';
import { type CampaignView, campaignText } from './campaign-view.ts';

/** What may be said of a campaign at any time before it has ended, and of a draft what it says as well. */
export interface Settings {
  name?: string;
  mdata?: string;
  mtype?: string;
  default?: Record<string, string>;
  rate?: number;
  priority?: number;
  timeZone?: string;
  timeStart?: string;
  timeEnd?: string;
  dateStart?: string;
  dateEnd?: string;
  onUnknown?: string;
  validity?: number;
  maxFailedPercent?: number;
  maxUnknown?: number;
}

/** The options for these, but for the name and what it says. */
export function withSettings(command: Command): Command {
  return command
    .option('--default <name=value>', 'stands in where a recipient has no value; may be repeated', variable)
    .option('--rate <per-second>', "slower than the line's own pace", decimal)
    .option('--priority <number>', '-100 to 100: of two campaigns on a line the higher goes first', decimal)
    .option('--time-zone <zone>', 'of the times and days, as America/Sao_Paulo')
    .option('--time-start <HH:MM>', 'sends from this time of the day on')
    .option('--time-end <HH:MM>', 'and until this one')
    .option('--date-start <day>', 'sends from this day on (2026-12-24)')
    .option('--date-end <day>', 'and until the end of this one')
    .addOption(new Option('--on-unknown <what>', 'what follows an unknown outcome').choices(['hold', 'resend']))
    .option('--validity <seconds>', 'how long its messages may still be sent', decimal)
    .option('--max-failed-percent <percent>', 'stops itself beyond', decimal)
    .option('--max-unknown <number>', 'stops itself beyond', decimal);
}

export async function createCampaign(api: Api, options: Settings & { line: string }): Promise<Answer> {
  const wishes = { ...wishesOf(options), line: Number(options.line) };
  const campaign = await ask<CampaignView>(api, '/v1/campaigns', posting(wishes));
  const text = `Campaign ${campaign.id} was made. It is a draft: nobody is on its list yet.`;
  return done(campaign, `${text}\nNext: npx pombo campaign add ${campaign.id} list.csv`);
}

export async function changeCampaign(api: Api, campaignId: string, options: Settings): Promise<Answer> {
  const changed = await ask<CampaignView>(api, `/v1/campaigns/${campaignId}`, inJson('PATCH', wishesOf(options)));
  return done(changed, campaignText(changed));
}

/** In the words of the API, which knows what is allowed. What is not given is not said: it stays, or has its default. */
function wishesOf(options: Settings): object {
  return {
    name: options.name,
    mtype: options.mtype,
    mdata: options.mdata,
    defaults: options.default,
    rate: options.rate,
    priority: options.priority,
    time_zone: options.timeZone,
    time_start: options.timeStart,
    time_end: options.timeEnd,
    date_start: options.dateStart,
    date_end: options.dateEnd,
    on_unknown: options.onUnknown,
    validity: options.validity,
    max_failed_percent: options.maxFailedPercent,
    max_unknown: options.maxUnknown,
  };
}

/** One more `name=value`. */
export function variable(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It is name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** How large it may be is for the API to say. */
function decimal(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It is a number.');
  return value;
}
