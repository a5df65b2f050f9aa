import { type ResumeScope, statesBefore } from '@pombo/domain/campaign-state.ts';
import type { Database } from './database.ts';

/** False: its state does not allow it, or this account has no such campaign. Of two who ask at once one moves it. */
type Moved = Promise<boolean>;

/** Starts a draft, now or at `startsAt`. */
export function startCampaign(
  database: Database,
  customerId: string,
  campaignId: string,
  startsAt: Date | null,
): Moved {
  return move(
    database,
    `UPDATE campaign c SET state = CASE WHEN $4::timestamptz > clock_timestamp() THEN 'scheduled' ELSE 'running' END,
        starts_at = $4, started_at = CASE WHEN $4::timestamptz > clock_timestamp() THEN NULL ELSE clock_timestamp() END,
        allowance_at = clock_timestamp()
      WHERE c.campaign_id = $1 AND c.cdcs_id = $2 AND c.state = ANY ($3)`,
    [campaignId, customerId, statesBefore('start'), startsAt],
  );
}

/** No message is given a turn once this has been committed; calls whose turn it is already are made. */
export function pauseCampaign(database: Database, customerId: string, campaignId: string): Moved {
  return move(
    database,
    `UPDATE campaign c SET state = 'paused', because = NULL
      WHERE c.campaign_id = $1 AND c.cdcs_id = $2 AND c.state = ANY ($3)`,
    [campaignId, customerId, statesBefore('pause')],
  );
}

/**
 * Lets it go on: with those not handled yet, or once more with those that failed or are unknown. Its error budgets count
 * from here. A finished one has nobody left who was not handled; one that was paused before its time waits for it again.
 */
export function resumeCampaign(database: Database, customerId: string, campaignId: string, scope: ResumeScope): Moved {
  return move(
    database,
    `UPDATE campaign c SET state = CASE WHEN c.starts_at > clock_timestamp() THEN 'scheduled' ELSE 'running' END,
        because = NULL, feeds = $4, again_to = 0, resumed_at = clock_timestamp(),
        started_at = CASE WHEN c.starts_at > clock_timestamp() THEN NULL ELSE coalesce(c.started_at, clock_timestamp()) END, ended_at = NULL, storm_of = NULL, storm_count = 0,
        allowance_at = clock_timestamp(),
        judged_from = (SELECT coalesce(jsonb_object_agg(n.what, n.n), '{}') FROM campaign_counts(c.campaign_id) n
                        WHERE n.what IN ('sent', 'failed', 'unknown'))
      WHERE c.campaign_id = $1 AND c.cdcs_id = $2 AND c.state = ANY ($3) AND (c.state <> 'finished' OR $4 <> 'pending')`,
    [campaignId, customerId, statesBefore('resume'), scope],
  );
}

/** Whoever is still waiting on its list will not hear from it; calls that are open end as they end. */
export async function cancelCampaign(database: Database, customerId: string, campaignId: string): Moved {
  const [row] = await database.query<{ canceled: boolean }>('SELECT cancel_campaign($1, $2) AS canceled', [
    customerId,
    campaignId,
  ]);
  return row?.canceled ?? false;
}

async function move(database: Database, statement: string, values: readonly unknown[]): Moved {
  return (await database.query(`${statement} RETURNING 1`, values)).length > 0;
}
