import { InvalidArgumentError } from 'commander';
import { type Answer, done } from '../answer.ts';
import { type Api, ask, posting } from '../api.ts';
import type { CampaignView } from './campaign-view.ts';

export interface CreateOptions {
  name: string;
  line: string;
  mdata: string;
  mtype: string;
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

export async function createCampaign(api: Api, options: CreateOptions): Promise<Answer> {
  const campaign = await ask<CampaignView>(api, '/v1/campaigns', posting(wishesOf(options)));
  const text = `Campaign ${campaign.id} was made. It is a draft: nobody is on its list yet.`;
  return done(campaign, `${text}\nNext: npx pombo campaign add ${campaign.id} list.csv`);
}

/** In the words of the API, which knows what is allowed. What is not given is not said: it has defaults of its own. */
function wishesOf(options: CreateOptions): object {
  return {
    name: options.name,
    line: Number(options.line),
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
export function decimal(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It is a number.');
  return value;
}
