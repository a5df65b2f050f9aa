import type { Database } from '@pombo/db/database.ts';
import { filledText } from './fill-backlog.ts';

export interface Sender {
  customerId: string;
  lineId: string;
  /** Every third of its messages is one of this campaign's. */
  campaignId?: string;
}

/** What is in the log. */
export interface Log {
  /** The numbers of the messages, both included. */
  from: number;
  to: number;
  /** When the message before the first was accepted, and how long there is between two. */
  beganAt: Date;
  everyMs: number;
  /** So many of the newest have not ended. */
  unfinished: number;
  /** Recipients, and references two more than that; each occurs again and again. */
  dests: number;
  /** Whose the older half is, the newer half in turn, and every thousandth message. */
  older: Sender;
  newer: readonly Sender[];
  seldom: Sender;
}

const rowsPerStatement = 20_000;

/**
 * Puts messages into the log as if it had been in use for long, with an attempt each: every 50th ended ERROR, every 500th
 * CANCELED, the newest are unfinished. The sequence goes on after them.
 */
export async function fillLog(database: Database, log: Log): Promise<void> {
  const { from, to } = log;
  await database.query(
    'SELECT make_partition(id) FROM generate_series($1::bigint, $2::bigint + partition_size(), partition_size()) id',
    [from, to],
  );
  const senders = [log.seldom, log.older, ...log.newer];
  const lasting = [
    from,
    log.beganAt,
    log.everyMs,
    Math.floor((from - 1 + to) / 2),
    to - log.unfinished,
    log.dests,
    senders.map(({ customerId }) => customerId),
    senders.map(({ lineId }) => lineId),
    senders.map(({ campaignId = null }) => campaignId),
  ];
  for (let first = from; first <= to; first += rowsPerStatement) {
    await database.query(insertMany, [...lasting, first, Math.min(to, first + rowsPerStatement - 1)]);
  }
  await database.query("SELECT setval('cdls_cdls_id_seq', greatest($1, (SELECT last_value FROM cdls_cdls_id_seq)))", [
    to,
  ]);
}

/** Messages that ended long ago, all of one line: the newest is `ageDays` old, each before it a second older. */
export function fillOldLog(
  database: Database,
  {
    sender,
    from,
    to,
    ageDays,
    dests = 999,
  }: { sender: Sender; from: number; to: number; ageDays: number; dests?: number },
): Promise<void> {
  const beganAt = new Date(Date.now() - ageDays * 86_400_000 - (to - from + 1) * 1_000);
  const all = { older: sender, newer: [sender], seldom: sender };
  return fillLog(database, { from, to, beganAt, everyMs: 1_000, unfinished: 0, dests, ...all });
}

const insertMany = `
  WITH numbered AS (
    SELECT g, $2::timestamptz + (g - $1::bigint + 1) * $3::float8 * interval '1 millisecond' AS at,
      CASE WHEN g % 1000 = 7 THEN 1 WHEN g <= $4::bigint THEN 2 ELSE 3 + g / 3 % (cardinality($7::bigint[]) - 2) END AS sender,
      CASE WHEN g > $5::bigint THEN (ARRAY['backlog', 'backlog', 'released', 'sending', 'unknown'])[1 + g % 5]
           WHEN g % 500 = 3 THEN 'CANCELED' WHEN g % 50 = 1 THEN 'ERROR' ELSE 'OK' END AS state
    FROM generate_series($10::bigint, $11::bigint) AS g
  ), message AS MATERIALIZED (
    SELECT *, 'p' || g % $6::int AS dest, ($7::bigint[])[sender] AS customer, ($8::bigint[])[sender] AS line,
      CASE WHEN g % 3 = 0 THEN ($9::bigint[])[sender] END AS campaign,
      CASE WHEN state = 'unknown' THEN 'no_answer'
           WHEN state = 'ERROR' THEN (ARRAY['refused_recipient', 'refused_request', 'no_connection', 'line_down', 'other'])[1 + g / 50 % 5]
      END AS error_class
    FROM numbered
  ), logged AS (
    INSERT INTO cdls (cdls_id, cdcs_id, v8l_id, cdls_dest, cdls_mtype, cdls_mdata, cdls_msg_id, cdls_lane, cdls_status,
        cdls_return_code, cdls_return_id, cdls_status_delivery, cdls_attempts, cdls_created_at, cdls_expires_at, cdls_settled_at,
        cdls_campaign_id)
      SELECT g, customer, line, dest, 'text', '${filledText}',
        CASE WHEN g % 4 = 0 THEN 'order ' || g % ($6::int + 2) END, 'bulk',
        CASE WHEN state = 'unknown' THEN 'WR' WHEN state IN ('OK', 'ERROR', 'CANCELED') THEN state ELSE 'PENDING' END,
        CASE state WHEN 'OK' THEN 200 WHEN 'ERROR' THEN 400 END, CASE state WHEN 'OK' THEN 'm_' || g END, state, 1, at,
        at + interval '1 day', CASE WHEN state IN ('OK', 'ERROR', 'CANCELED') THEN at + interval '1 second' END, campaign
      FROM message ORDER BY g
  ), unsent AS (
    INSERT INTO unsent_message (cdcs_id, cdls_status, cdls_id, v8l_id, campaign_id, error_class)
      SELECT customer, state, g, line, campaign, error_class FROM message WHERE state IN ('ERROR', 'CANCELED')
  ), called AS (
    INSERT INTO attempt (cdls_id, number, worker, opened_at, turn_at, closed_at, outcome, error_class, http_status, fbtrace_id,
        connected_ms, written_ms, answered_ms, total_ms)
      SELECT g, 1, 'filled:1', at, at, at, CASE state WHEN 'OK' THEN 'sent' ELSE 'refused' END, error_class,
        CASE state WHEN 'OK' THEN 200 ELSE 400 END, left(md5(g::text), 11), 1, 2, 80, 81
      FROM message WHERE state NOT IN ('CANCELED', 'backlog', 'released')
  ), found_by AS (
    INSERT INTO meta_message_id (hash, cdls_id) SELECT meta_id_hash('m_' || g), g FROM message WHERE state = 'OK'
  )
  INSERT INTO delivery (cdls_id, cdcs_id, v8l_id, lane, state, dest, type, source, due_at, expires_at, unknown_at, lease_until,
      attempt, on_unknown)
    SELECT g, customer, line, 'bulk', state, dest || CASE state WHEN 'sending' THEN '/' || g ELSE '' END, 'text',
      coalesce(campaign, 0), at, at + interval '1 day',
      CASE state WHEN 'unknown' THEN at END, CASE state WHEN 'sending' THEN at + interval '1 minute' END,
      CASE WHEN state IN ('sending', 'unknown') THEN 1 ELSE 0 END, 'hold'
    FROM message WHERE state IN ('backlog', 'released', 'sending', 'unknown') ORDER BY g`;
