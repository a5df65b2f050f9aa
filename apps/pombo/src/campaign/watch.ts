import { type Answer, done, refused, told } from '../answer.ts';
import { type Api, ask } from '../api.ts';
import type { Terminal } from '../terminal.ts';
import { reasonsTable } from './campaign-view.ts';
import { followEvents, type ServerEvent } from './events.ts';
import { countsText, type Progress, type Reason } from './progress.ts';
import { type ProgressDisplay, progressDisplay } from './progress-display.ts';

type Watched = Progress & { reasons?: Reason[] };

/** Follows a campaign to its end, and says how it ended. */
export async function watchCampaign(
  api: Api,
  campaignId: string,
  terminal: Terminal,
  inJson: boolean,
): Promise<Answer> {
  const interrupted = new AbortController();
  terminal.onInterrupt(() => interrupted.abort());
  const display = inJson ? null : progressDisplay(terminal);
  let last: Watched | null = null;
  try {
    const note = display?.note ?? (() => {});
    for await (const event of followEvents(api, `/v1/campaigns/${campaignId}/events`, interrupted.signal, note)) {
      if (inJson) terminal.out(JSON.stringify(eventJson(event)));
      if (event.event === 'progress') last = heard(event, display);
      if (event.event === 'end' || (last !== null && isOver(last))) break;
    }
  } finally {
    display?.close();
  }
  if (interrupted.signal.aborted) {
    return refused(`Campaign ${campaignId} is left as it is. Watch it again: npx pombo campaign watch ${campaignId}`);
  }
  return verdict(campaignId, last ?? (await ask<Watched>(api, `/v1/campaigns/${campaignId}`)), inJson);
}

function heard({ data }: ServerEvent, display: ProgressDisplay | null): Watched {
  const progress = data as Watched;
  display?.show(progress);
  return progress;
}

/** A stopped campaign may be taken up again, but not by itself. */
function isOver({ state }: Progress): boolean {
  return state === 'finished' || state === 'stopped' || state === 'canceled';
}

function verdict(campaignId: string, { state, because, counts, reasons = [] }: Watched, inJson: boolean): Answer {
  const why = because === null ? '' : `: ${because}`;
  const sentence = `Campaign ${campaignId} is ${state}${why}. ${countsText(counts)}.`;
  const text = reasons.length === 0 ? sentence : `${sentence}\n\n${reasonsTable(reasons)}`;
  if (state !== 'finished') return refused(text, { state, because, counts });
  return inJson ? told : done(null, text);
}

function eventJson({ event, data }: ServerEvent): object {
  return { event, ...(typeof data === 'object' ? data : {}) };
}
