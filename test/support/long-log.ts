import type { Database } from '@pombo/db/database.ts';

/** How the log of `fillLog` is spread; the numbers of its messages go from 1 to `messages`. */
export interface LongLog {
  messages: number;
  customerIds: readonly [string, string];
  /** The first has the older half of the log, the second the newer; the third has every thousandth. */
  lineIds: readonly [string, string, string];
  /** Of the second line: every third message there. */
  campaignId: string;
  beganAt: Date;
  /** Between two messages. */
  everyMs: number;
}

const classOf = `(ARRAY['refused_recipient', 'refused_request', 'no_connection', 'line_down', 'other'])[1 + g % 5]`;

/** A statement must end within seconds. */
const atOnce = 20_000;

const inserts = [
  `INSERT INTO cdls (cdls_id, cdcs_id, v8l_id, cdls_dest, cdls_mtype, cdls_mdata, cdls_msg_id, cdls_lane, cdls_status,
        cdls_return_code, cdls_return_id, cdls_status_delivery, cdls_attempts, cdls_created_at, cdls_expires_at, cdls_settled_at,
        cdls_campaign_id)
      SELECT g, customer, line, 'p' || g % 999, 'text', 'hello ' || g, CASE WHEN g % 4 = 0 THEN 'order ' || g % 1001 END, 'bulk',
        CASE state WHEN 'unknown' THEN 'WR' WHEN 'OK' THEN 'OK' WHEN 'ERROR' THEN 'ERROR' WHEN 'CANCELED' THEN 'CANCELED' ELSE 'PENDING' END,
        CASE state WHEN 'OK' THEN 200 WHEN 'ERROR' THEN 400 END, CASE state WHEN 'OK' THEN 'm_' || g END, state, 1, at,
        at + interval '1 day', CASE WHEN state IN ('OK', 'ERROR', 'CANCELED') THEN at + interval '1 second' END, campaign
      FROM filling WHERE g > $1 AND g <= $2 ORDER BY g`,
  `INSERT INTO unsent_message (cdcs_id, cdls_status, cdls_id, v8l_id, campaign_id, error_class)
      SELECT customer, state, g, line, campaign, CASE state WHEN 'ERROR' THEN ${classOf} END FROM filling WHERE g > $1 AND g <= $2 AND state IN ('ERROR', 'CANCELED')`,
  `INSERT INTO attempt (cdls_id, number, worker, turn_at, outcome, error_class)
      SELECT g, 1, 'test', at, CASE state WHEN 'OK' THEN 'sent' ELSE 'refused' END,
        CASE state WHEN 'OK' THEN NULL WHEN 'unknown' THEN 'no_answer' ELSE ${classOf} END
      FROM filling WHERE g > $1 AND g <= $2 AND state NOT IN ('CANCELED', 'backlog', 'released')`,
  "INSERT INTO meta_message_id (hash, cdls_id) SELECT meta_id_hash('m_' || g), g FROM filling WHERE g > $1 AND g <= $2 AND state = 'OK'",
  `INSERT INTO delivery (cdls_id, cdcs_id, v8l_id, lane, state, dest, type, source, due_at, expires_at, unknown_at, lease_until,
        attempt, on_unknown)
      SELECT g, customer, line, 'bulk', state, 'p' || g % 999 || CASE state WHEN 'sending' THEN '/' || g ELSE '' END, 'text',
        coalesce(campaign, 0), at, at + interval '1 day',
        CASE state WHEN 'unknown' THEN at END, CASE state WHEN 'sending' THEN at + interval '1 minute' END,
        CASE WHEN state IN ('sending', 'unknown') THEN 1 ELSE 0 END, 'hold'
      FROM filling WHERE g > $1 AND g <= $2 AND state IN ('backlog', 'released', 'sending', 'unknown') ORDER BY g`,
];

/**
 * Fills an empty log as if it had been in use for long: every 50th ended ERROR, every 500th CANCELED, the newest are
 * unfinished. Each recipient and each reference occurs some hundred times.
 */
export async function fillLog(database: Database, log: Omit<LongLog, 'beganAt' | 'everyMs'>): Promise<LongLog> {
  const { messages, customerIds, lineIds, campaignId } = log;
  const beganAt = new Date('2026-01-01T00:00:00Z');
  const everyMs = 100;
  await database.query(
    `CREATE UNLOGGED TABLE filling AS SELECT g, $1::timestamptz + g * $2 * interval '1 millisecond' AS at,
        CASE WHEN g % 1000 = 7 THEN $7::bigint WHEN g <= $3::int / 2 THEN $5::bigint ELSE $6::bigint END AS line,
        CASE WHEN g % 1000 <> 7 AND g > $3::int / 2 THEN $8::bigint ELSE $9::bigint END AS customer,
        CASE WHEN g % 3 = 0 AND g > $3::int / 2 AND g % 1000 <> 7 THEN $4::bigint END AS campaign,
        CASE WHEN g > $3::int - 2000 THEN (ARRAY['backlog', 'backlog', 'released', 'sending', 'unknown'])[1 + g % 5]
             WHEN g % 500 = 3 THEN 'CANCELED' WHEN g % 50 = 1 THEN 'ERROR' ELSE 'OK' END AS state
      FROM generate_series(1, $3::int) g`,
    [beganAt, everyMs, messages, campaignId, ...lineIds, customerIds[1], customerIds[0]],
  );
  for (let through = 0; through < messages; through += atOnce) {
    for (const insert of inserts) await database.query(insert, [through, through + atOnce]);
  }
  await database.query("SELECT setval('cdls_cdls_id_seq', $1::bigint)", [messages]);
  await database.query('DROP TABLE filling');
  for (const table of ['cdls', 'delivery', 'attempt', 'unsent_message', 'meta_message_id'])
    await database.query(`VACUUM ANALYZE ${table}`);
  return { ...log, beganAt, everyMs };
}
