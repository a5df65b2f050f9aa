import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillBacklog, filledText } from '../support/fill-backlog.ts';
import { type House, openHouse } from '../support/house.ts';

let house: House;

beforeAll(async () => {
  const opened = await openHouse({ backend: 'postgres' });
  if (!opened) throw new Error('there is always a PostgreSQL');
  house = opened;
});
afterAll(() => house?.stop());

it('what a bench puts into the backlog is what accepting it would have left', async () => {
  const line = await house.addLine(0);
  const [accepted = ''] = await house.send(line, 1, { data: filledText, validityMs: 86_400_000 });
  await fillBacklog(house.database, {
    customerId: house.customerId,
    lineIds: [line],
    countPerLine: 1,
    campaign: false,
  });
  const [filled = ''] = (await idsOf(line)).filter((id) => id !== accepted);

  for (const table of ['cdls', 'delivery'] as const) {
    expect(await ordinaryPartOf(table, filled), table).toEqual(await ordinaryPartOf(table, accepted));
  }
});

it('gives every line the same number, in turn, and all the number of their campaign', async () => {
  const lineIds = [await house.addLine(0), await house.addLine(0)];
  await fillBacklog(house.database, { customerId: house.customerId, lineIds, countPerLine: 3, campaign: true });
  const rows = await house.database.query<{ line: string; source: string }>(
    'SELECT v8l_id AS line, source FROM delivery WHERE v8l_id = ANY ($1::bigint[]) ORDER BY position',
    [lineIds],
  );
  expect(rows.map((row) => row.line)).toEqual([...lineIds, ...lineIds, ...lineIds]);
  const [campaign] = await house.database.query<{ id: string }>('SELECT campaign_id AS id FROM campaign');
  expect(new Set(rows.map((row) => row.source))).toEqual(new Set([campaign?.id]));
});

async function idsOf(line: string): Promise<string[]> {
  const rows = await house.database.query<{ id: string }>('SELECT cdls_id AS id FROM cdls WHERE v8l_id = $1::bigint', [
    line,
  ]);
  return rows.map((row) => row.id);
}

/** The row without what is every message's own: numbers, recipient and moments. How long it is valid stays. */
async function ordinaryPartOf(table: 'cdls' | 'delivery', id: string): Promise<unknown> {
  const [row] = await house.database.query<{ part: unknown }>(
    `SELECT to_jsonb(t) - $2::text[] || jsonb_build_object('valid_s', round(extract(epoch FROM expires - accepted))) AS part
     FROM ${table} t, LATERAL (SELECT ${momentsOf[table]}) AS moments
     WHERE cdls_id = $1::bigint`,
    [id, own],
  );
  expect(row).toBeDefined();
  return row?.part;
}

const own = [
  ...['cdls_id', 'position', 'dest', 'cdls_dest', 'due_at', 'expires_at', 'accepted_at', 'cdls_created_at'],
  'cdls_expires_at',
];
const momentsOf = {
  cdls: 'cdls_expires_at AS expires, cdls_created_at AS accepted',
  delivery: 'expires_at AS expires, accepted_at AS accepted',
} as const;
