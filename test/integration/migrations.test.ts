import { randomUUID } from 'node:crypto';
import { diffSchemaAgainstDatabase, migrate } from '@pombo/db/migrate.ts';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawnPombo } from '../support/pombo-command.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres.stop());

async function ask<Row>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('two processes that migrate a fresh database at once apply everything once', async () => {
  const url = await postgres.createDatabase();
  const home = `/nonexistent/${randomUUID()}`;
  const words = ['migrate', '--json', '--data', home];
  const runs = await Promise.all([spawnPombo(words, { DATABASE_URL: url }), spawnPombo(words, { DATABASE_URL: url })]);

  expect(runs.map(({ code, err }) => ({ code, err }))).toEqual([
    { code: 0, err: '' },
    { code: 0, err: '' },
  ]);
  const applied = runs.map(({ out }) => JSON.parse(out).applied.length).sort();
  expect(applied[0]).toBe(0);
  expect(applied[1]).toBeGreaterThan(0);
  const rows = await ask<{ finished: boolean }>(
    url,
    'SELECT finished_at IS NOT NULL AS finished FROM _prisma_migrations',
  );
  expect(rows).toHaveLength(applied[1]);
  expect(rows.every(({ finished }) => finished)).toBe(true);
  expect(await ask(url, "SELECT 1 FROM pg_namespace WHERE nspname = 'bullmq'")).toHaveLength(1);
});

test('the schema and the migrations agree', async () => {
  const url = await postgres.createDatabase();
  await migrate(url);
  expect(await diffSchemaAgainstDatabase(url)).not.toMatch(/^(ALTER|CREATE|DROP)/m);

  await ask(url, 'ALTER TABLE cd_customer DROP COLUMN cdcs_tokens_blockeds; CREATE INDEX extra ON cdls (cdls_dest)');
  const differing = await diffSchemaAgainstDatabase(url);
  expect(differing).toContain('cdcs_tokens_blockeds');
  expect(differing).toContain('DROP INDEX "extra"');
});

// What Prisma's language cannot say, and its diff therefore does not see. Each is proved from the catalogs.
const unseen = {
  partialIndexes: {
    bulk_action_at_work: "(state = 'running'::text)",
    campaign_at_work: "((ended_at IS NULL) AND (state <> 'draft'::text))",
    cdls_list_of_campaign: '(cdls_campaign_id IS NOT NULL)',
    cdls_list_of_msg_id: '(cdls_msg_id IS NOT NULL)',
    delivery_backlog_of_line: "(state = 'backlog'::text)",
    delivery_expired: "(state = ANY (ARRAY['backlog'::text, 'released'::text]))",
    delivery_in_flight: "(state = 'sending'::text)",
    delivery_lease_over: "(state = 'sending'::text)",
    delivery_list_of_unknown: "(state = 'unknown'::text)",
    delivery_overdue: "(state = 'released'::text)",
    delivery_resend: "((state = 'unknown'::text) AND (on_unknown = 'resend'::text))",
    delivery_unknown: "(state = 'unknown'::text)",
    delivery_unknown_of_campaign: "((state = 'unknown'::text) AND (source <> 0))",
    delivery_waiting_of_line: "(((lane = 'now'::text) AND (state = 'released'::text)) IS TRUE)",
    delivery_window_of_line: "((lane = 'bulk'::text) AND (state = ANY (ARRAY['released'::text, 'sending'::text])))",
    line_gate_probe: '(probe_at IS NOT NULL)',
    unsent_message_of_campaign: '(campaign_id IS NOT NULL)',
    unsent_message_of_class: '(error_class IS NOT NULL)',
  },
  checks: [
    'backlog_count_id_check',
    'bulk_action_kind_check',
    'bulk_action_state_check',
    'campaign_feeds_check',
    'campaign_hours_check',
    'campaign_on_unknown_check',
    'campaign_rate_check',
    'campaign_state_check',
    'cd_v8_line_on_unknown_check',
    'cd_v8_line_pace_check',
    'cd_v8_line_parked_mend_check',
    'cdls_status_check',
    'changes_id_check',
    'delivery_lane_check',
    'delivery_state_check',
    'history_count_span_check',
    'history_sample_span_check',
    'operator_role_check',
    'process_kind_check',
  ],
  triggers: [
    'cd_customer_changes',
    'cd_customer_user_changes',
    'cd_ip_blacklist_changes',
    'cd_ip_changes',
    'cd_psid_changes',
    'cd_v8_line_changes',
    'cd_v8_line_gate',
  ],
  functions: [
    'accept_messages',
    'add_recipients',
    'already_told',
    'asset_serves',
    'call_deadline',
    'campaign_allowance',
    'campaign_counts',
    'campaign_hours',
    'campaign_sends',
    'campaign_state_of',
    'campaigns_to_feed',
    'cancel_campaign',
    'cancel_messages',
    'claim_turns',
    'count_backlogs',
    'count_moves',
    'current_share',
    'drop_left_partition',
    'drop_log_partition',
    'end_canceled',
    'end_unsent',
    'expire_leases',
    'failure_of',
    'feed_campaign',
    'fewer_before',
    'fold_campaigns',
    'fold_history',
    'last_id_before',
    'late_messages',
    'leads',
    'left_partitions',
    'lines_with_backlog',
    'log_partitions',
    'make_partition',
    'make_partitions_ahead',
    'may_release',
    'meta_id_hash',
    'next_of_recipient',
    'open_line_gate',
    'park_line',
    'partition_holds',
    'partition_size',
    'partition_standing',
    'partitions_of',
    'raise_changes',
    'recipients_to_feed',
    'release_lines',
    'replay_messages',
    'replay_verdicts',
    'requeue_unknown',
    'settle_attempts',
    'shared_media',
    'source_sends',
    'sources_in_turn',
    'tell_gates',
    'waiting_budgets',
    'waiting_since',
  ],
};

test('what the schema language cannot say is there', async () => {
  const url = await postgres.createDatabase();
  await migrate(url);
  const indexes = await ask<{ name: string; predicate: string }>(
    url,
    `SELECT c.relname AS name, pg_get_expr(i.indpred, i.indrelid) AS predicate FROM pg_index i
     JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND i.indpred IS NOT NULL AND i.indisvalid AND NOT c.relispartition`,
  );
  expect(Object.fromEntries(indexes.map(({ name, predicate }) => [name, predicate]))).toEqual(unseen.partialIndexes);
  const names = async (sql: string) => (await ask<{ name: string }>(url, sql)).map(({ name }) => name).sort();
  expect(
    await names(
      `SELECT conname AS name FROM pg_constraint JOIN pg_class c ON c.oid = conrelid
       WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND NOT c.relispartition`,
    ),
  ).toEqual(unseen.checks);
  expect(await names(`SELECT tgname AS name FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'`)).toEqual(
    unseen.triggers,
  );
  expect(await names(`SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace`)).toEqual(
    unseen.functions,
  );
  const [unique] = await ask<{ unique: boolean }>(
    url,
    `SELECT indisunique AS unique FROM pg_index WHERE indexrelid = 'delivery_in_flight'::regclass`,
  );
  expect(unique?.unique).toBe(true);
});

test('the log, its attempts and its ids at Meta lie in partitions that are made as the first ones are', async () => {
  const url = await postgres.createDatabase();
  await migrate(url);
  await ask(url, 'SELECT make_partition(7654321)');
  const partitioned = await ask(
    url,
    `SELECT c.oid::regclass::text AS table, pg_get_partkeydef(c.oid) AS by FROM pg_class c
     WHERE relkind = 'p' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  expect(partitioned).toEqual([
    { table: 'attempt', by: 'RANGE (cdls_id)' },
    { table: 'cdls', by: 'RANGE (cdls_id)' },
    { table: 'meta_message_id', by: 'RANGE (cdls_id)' },
  ]);
  const partitions = await ask(
    url,
    `SELECT p.partition::text AS name, p.first_id::int AS first, p.next_id::int AS next, c.reloptions AS options
     FROM (VALUES ('attempt'), ('cdls'), ('meta_message_id')) AS t(name), partitions_of(t.name::regclass) p JOIN pg_class c ON c.oid = p.partition
     ORDER BY 1`,
  );
  const options = ['fillfactor=80'];
  const firsts = [0, 2_000_000, 6_000_000];
  expect(partitions).toEqual(
    ['attempt', 'cdls', 'meta_message_id'].flatMap((name) =>
      firsts.map((first) => ({ name: `${name}_from_${first}`, first, next: first + 2_000_000, options })),
    ),
  );
  // What an index or a check is called differs; everything else is as the whole table has it.
  const said = (of: string) =>
    ask<{ said: string }>(
      url,
      `SELECT regexp_replace(pg_get_indexdef(indexrelid), ' INDEX .* USING', ' USING') AS said
       FROM pg_index WHERE indrelid = '${of}'::regclass AND indisvalid
       UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '${of}'::regclass AND contype = 'c'
       UNION ALL SELECT attname || ' ' || format_type(atttypid, atttypmod) || attnotnull || coalesce(pg_get_expr(adbin, adrelid), '')
       FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = '${of}'::regclass AND attnum > 0
       ORDER BY 1`,
    );
  for (const { name } of partitions as { name: string }[]) {
    expect(await said(name)).toEqual(await said(name.replace(/_from_.*/, '')));
  }
});

test('a database that is not there is said so in a sentence', async () => {
  const { code, err } = await spawnPombo(['migrate'], { DATABASE_URL: postgres.url.replace(/postgres$/, 'missing') });
  expect(code).toBe(1);
  expect(err).toContain('database "missing" does not exist');
  expect(err).not.toContain('    at ');
});
