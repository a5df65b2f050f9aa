import type { CampaignOrder } from '@pombo/domain/campaign-order.ts';
import { type CampaignAction, type ResumeScope, statesBefore } from '@pombo/domain/campaign-state.ts';
import { type Actor, type AuditedAction, writeAudit } from './audit.ts';
import type { Database } from './database.ts';
import type { Prisma } from './prisma.ts';

/** False: its state does not allow it, or this account has no such campaign. Of two who ask at once one moves it. */
type Moved = Promise<boolean>;

/** Starts a draft, now or at `startsAt`. */
export function startCampaign(
  database: Database,
  customerId: string,
  campaignId: string,
  startsAt: Date | null,
): Moved {
  return move(database, customerId, campaignId, { action: 'start', at: startsAt });
}

/** No message is given a turn once this has been committed; calls whose turn it is already are made. */
export function pauseCampaign(database: Database, customerId: string, campaignId: string): Moved {
  return move(database, customerId, campaignId, { action: 'pause' });
}

/**
 * Lets it go on: with those not handled yet, or once more with those that failed or are unknown. Its error budgets count
 * from here. A finished one has nobody left who was not handled; one that was paused before its time waits for it again.
 */
export function resumeCampaign(database: Database, customerId: string, campaignId: string, scope: ResumeScope): Moved {
  return move(database, customerId, campaignId, { action: 'resume', scope });
}

/** Whoever is still waiting on its list will not hear from it; calls that are open end as they end. */
export function cancelCampaign(database: Database, customerId: string, campaignId: string): Moved {
  return move(database, customerId, campaignId, { action: 'cancel' });
}

/** The same by an operator, who may do it for any customer: the move and its entry in the audit, or neither. */
export function moveCampaignAs(
  prisma: Prisma,
  by: Actor,
  { customerId, campaignId }: { customerId: string; campaignId: string },
  order: CampaignOrder,
): Moved {
  const { text, values } = statementFor(order);
  return prisma.$transaction(async (tx) => {
    const rows = await tx.$queryRawUnsafe<MovedRow[]>(text, campaignId, customerId, ...values);
    if (!hasMoved(rows)) return false;
    await writeAudit(tx, by, { action: audited[order.action], object: `campaign ${campaignId}${detailOf(order)}` });
    return true;
  });
}

const audited = {
  start: 'start campaign',
  pause: 'pause campaign',
  resume: 'resume campaign',
  cancel: 'cancel campaign',
} as const satisfies Record<CampaignAction, AuditedAction>;

function detailOf(order: CampaignOrder): string {
  if (order.action === 'start') return order.at === null ? '' : `: at ${order.at.toISOString()}`;
  return order.action === 'resume' ? `: ${order.scope ?? 'pending'}` : '';
}

interface MovedRow {
  moved: boolean;
}

async function move(database: Database, customerId: string, campaignId: string, order: CampaignOrder): Moved {
  const { text, values } = statementFor(order);
  return hasMoved(await database.query<MovedRow & Record<string, unknown>>(text, [campaignId, customerId, ...values]));
}

function hasMoved(rows: readonly MovedRow[]): boolean {
  return rows[0]?.moved ?? false;
}

interface Statement {
  /** Of the campaign `$1` of customer `$2`; answers whether it was moved. */
  text: string;
  /** What follows these two. */
  values: readonly (string | readonly string[] | null)[];
}

function statementFor(order: CampaignOrder): Statement {
  switch (order.action) {
    case 'start':
      return { text: startStatement, values: [statesBefore('start'), order.at?.toISOString() ?? null] };
    case 'pause':
      return { text: pauseStatement, values: [statesBefore('pause')] };
    case 'resume':
      return { text: resumeStatement, values: [statesBefore('resume'), order.scope ?? 'pending'] };
    case 'cancel':
      return { text: cancelStatement, values: [] };
  }
}

const startStatement = `UPDATE campaign c SET state = CASE WHEN $4::timestamptz > clock_timestamp() THEN 'scheduled' ELSE 'running' END,
    starts_at = $4::timestamptz, started_at = CASE WHEN $4::timestamptz > clock_timestamp() THEN NULL ELSE clock_timestamp() END,
    allowance_at = clock_timestamp()
  WHERE c.campaign_id = $1::bigint AND c.cdcs_id = $2::bigint AND c.state = ANY ($3::text[]) RETURNING true AS moved`;

const pauseStatement = `UPDATE campaign c SET state = 'paused', because = NULL
  WHERE c.campaign_id = $1::bigint AND c.cdcs_id = $2::bigint AND c.state = ANY ($3::text[]) RETURNING true AS moved`;

const resumeStatement = `UPDATE campaign c SET state = CASE WHEN c.starts_at > clock_timestamp() THEN 'scheduled' ELSE 'running' END,
    because = NULL, feeds = $4::text, again_to = 0, resumed_at = clock_timestamp(),
    started_at = CASE WHEN c.starts_at > clock_timestamp() THEN NULL ELSE coalesce(c.started_at, clock_timestamp()) END,
    ended_at = NULL, storm_of = NULL, storm_count = 0, allowance_at = clock_timestamp(),
    judged_from = (SELECT coalesce(jsonb_object_agg(n.what, n.n), '{}') FROM campaign_counts(c.campaign_id) n
                    WHERE n.what IN ('sent', 'failed', 'unknown'))
  WHERE c.campaign_id = $1::bigint AND c.cdcs_id = $2::bigint AND c.state = ANY ($3::text[])
    AND (c.state <> 'finished' OR $4::text <> 'pending') RETURNING true AS moved`;

const cancelStatement = 'SELECT cancel_campaign($2::bigint, $1::bigint) AS moved';
