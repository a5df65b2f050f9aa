import type { CampaignState } from '@pombo/domain/campaign-state.ts';
import { readProgress, readStandings } from './campaign-progress.ts';
import type { Database } from './database.ts';

type AtWork = Exclude<CampaignState, 'draft' | 'finished' | 'canceled'>;

export interface CampaignNumbers {
  /** Campaigns that are neither drafts nor ended; `held` ones are to send and may not just now. */
  states: Record<AtWork | 'held', number>;
  /** Recipients of running campaigns that have no message yet. */
  waiting: number;
}

/** How many campaigns are where. Those that run are few, and only these are looked into. */
export async function readCampaignNumbers(database: Database): Promise<CampaignNumbers> {
  const atWork = await database.query<{ id: string; state: AtWork }>(
    "SELECT campaign_id AS id, state FROM campaign WHERE ended_at IS NULL AND state <> 'draft'",
  );
  const running = atWork.filter(({ state }) => state === 'running' || state === 'finishing').map(({ id }) => id);
  const [standings, progress] = await Promise.all([readStandings(database, running), readProgress(database, running)]);
  const states = { scheduled: 0, running: 0, held: 0, paused: 0, stopped: 0, finishing: 0 };
  for (const { id, state } of atWork) {
    const isHeld = standings.has(id) && standings.get(id)?.because !== null;
    states[isHeld ? 'held' : state] += 1;
  }
  const waiting = [...progress.values()].reduce((sum, { counts }) => sum + counts.waiting, 0);
  return { states, waiting };
}
