import type { Database } from '@pombo/db/database.ts';

const counted = [
  'accepted now',
  'accepted bulk',
  'accepted campaign',
  'settled OK',
  'settled ERROR',
  'settled CANCELED',
  'unknown',
  'error refused_recipient',
  'error refused_request',
  'error no_connection',
  'error no_answer',
  'error other',
];

const auditRows = 100_000;

/** What a house keeps of its past besides the messages: history by hours and minutes, and what operators have done. */
export async function fillPastDays(database: Database, days: number): Promise<void> {
  for (const { span, days: kept } of [
    { span: 'hour', days },
    { span: 'minute', days: 2 },
  ]) {
    await database.query(
      `INSERT INTO history_count (span, at, what, n)
         SELECT $1, at, what, 1000 FROM ${everySpan}, unnest($3::text[]) AS what`,
      [span, kept, counted],
    );
    await database.query(
      `INSERT INTO history_sample (span, at, backlog, released_now, released_bulk, oldest_age_s, unknown, lines_parked, workers_alive)
         SELECT $1, at, 1000, 3, 500, 60, 5, 2, 2 FROM ${everySpan}`,
      [span, kept],
    );
  }
  await database.query(
    `INSERT INTO audit (at, who, origin, action, object)
       SELECT now() - g * interval '20 seconds', 'operator ' || g % 20, '192.0.2.' || g % 250,
         (ARRAY['pause line', 'resume line', 'replay message'])[1 + g % 3], (g % 1000)::text
       FROM generate_series($1::int, 1, -1) AS g`,
    [auditRows],
  );
}

/** All but the present one, which whoever runs fills. */
const everySpan = `generate_series(date_trunc($1, now()) - $2::int * interval '1 day', date_trunc($1, now()) - ('1 ' || $1)::interval,
  ('1 ' || $1)::interval) AS at`;
