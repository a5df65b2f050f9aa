import { createCustomer } from '@pombo/db/customers.ts';
import { listMessages } from '@pombo/db/message-log.ts';
import { aboveAll, countMatches, type MessageSearch, searchIds, searchMessages } from '@pombo/db/message-search.ts';
import { mostLookedAt } from '@pombo/db/search-lead.ts';
import { deliveryStates, type MessageState } from '@pombo/domain/delivery-state.ts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addFedCampaign } from '../support/campaign.ts';
import { tidy } from '../support/fill-backlog.ts';
import { fillLog, type Log } from '../support/fill-log.ts';
import { type Hands, openHands } from '../support/hands.ts';
import { newMessage } from '../support/new-message.ts';
import { nothingAsked } from '../support/nothing-asked.ts';
import { explaining } from '../support/plan-of.ts';
import { settleOf } from '../support/settle-of.ts';
import { testActor } from '../support/test-actor.ts';

let hands: Hands;
let log: Log;

const messages = 200_000;
const page = { before: aboveAll, limit: 50 };
const at = (id: number) => new Date(log.beganAt.getTime() + id * log.everyMs);

beforeAll(async () => {
  hands = await openHands();
  const { database, prisma, customerId } = hands;
  const other = await createCustomer(prisma, testActor, 'other');
  const lineId = await hands.addLine({ customerId: other });
  const campaignId = await addFedCampaign(database, { customerId: other, lineId, queued: 0 });
  log = {
    from: 1,
    to: messages,
    beganAt: new Date('2026-01-01T00:00:00Z'),
    everyMs: 100,
    unfinished: 2_000,
    dests: 999,
    older: { customerId, lineId: await hands.addLine() },
    newer: [{ customerId: other, lineId, campaignId }],
    seldom: { customerId, lineId: await hands.addLine() },
  };
  await fillLog(database, log);
  await tidy(database);
}, 180_000);
afterAll(() => hands.stop());

const newer = () => log.newer[0] ?? expect.fail();
const campaignId = () => newer().campaignId ?? expect.fail();
const lines = { old: () => log.older.lineId, busy: () => newer().lineId, seldom: () => log.seldom.lineId };
const line = (which: keyof typeof lines) => ({ lineId: lines[which]() });

describe('a search by one thing', () => {
  const searches: Record<string, { search: () => Partial<MessageSearch>; index: string; finds: number }> = {
    number: { search: () => ({ messageId: '4711' }), index: 'cdls_pkey', finds: 1 },
    reference: { search: () => ({ reference: 'order 12' }), index: 'cdls_list_of_msg_id', finds: 50 },
    recipient: { search: () => ({ dest: 'p77' }), index: 'cdls_list_of_dest', finds: 50 },
    'id at Meta': { search: () => ({ metaId: 'm_4712' }), index: 'meta_message_id_pkey', finds: 1 },
    'line that sends nothing any more': { search: () => line('old'), index: 'cdls_list_of_line', finds: 50 },
    'line that sends everything now': { search: () => line('busy'), index: 'cdls_list_of_line', finds: 50 },
    'line that sends seldom': { search: () => line('seldom'), index: 'cdls_list_of_line', finds: 50 },
    campaign: { search: () => ({ campaignId: campaignId() }), index: 'cdls_list_of_campaign', finds: 50 },
    backlog: { search: () => ({ state: 'backlog' }), index: 'delivery_pkey', finds: 50 },
    released: { search: () => ({ state: 'released' }), index: 'delivery_overdue', finds: 50 },
    sending: { search: () => ({ state: 'sending' }), index: 'delivery_lease_over', finds: 50 },
    unknown: { search: () => ({ state: 'unknown' }), index: 'delivery_list_of_unknown', finds: 50 },
    OK: { search: () => ({ state: 'OK' }), index: 'cdls_pkey', finds: 50 },
    ERROR: { search: () => ({ state: 'ERROR' }), index: 'unsent_message_of_status', finds: 50 },
    CANCELED: { search: () => ({ state: 'CANCELED' }), index: 'unsent_message_of_status', finds: 50 },
    'error class': { search: () => ({ errorClass: 'no_connection' }), index: 'unsent_message_of_class', finds: 0 },
    'error class of an unknown': {
      search: () => ({ errorClass: 'no_answer' }),
      index: 'delivery_list_of_unknown',
      finds: 50,
    },
    time: { search: () => ({ from: at(1_000), until: at(1_030) }), index: 'cdls_pkey', finds: 30 },
    nothing: { search: () => ({}), index: 'cdls_pkey', finds: 50 },
  };

  it.each(Object.keys(searches))('%s: is answered by its index, and reads little more than it shows', async (name) => {
    const { search, index, finds } = searches[name] ?? expect.fail();
    const asker = explaining(hands.database);
    const found = await searchMessages(asker, { ...nothingAsked, ...search() }, page);
    expect(found.rows.length).toBeGreaterThanOrEqual(finds);
    expect(asker.answered.flatMap(({ indexes }) => indexes)).toContain(index);
    expect(asker.answered.flatMap(({ readThrough }) => readThrough)).toEqual([]);
    expect(asker.answered.reduce((sum, { rowsLookedAt }) => sum + rowsLookedAt, 0)).toBeLessThan(6_000);
  });
});

describe('a search by several things', () => {
  it('reads no more than it may, says where it stopped, and goes on from there', async () => {
    const search = { ...nothingAsked, ...line('busy'), from: at(messages / 2), until: at(messages / 2 + 2_000) };
    const rare = { ...nothingAsked, ...line('busy'), state: 'OK' as const, errorClass: 'other' };
    for (const each of [search, rare]) {
      const asker = explaining(hands.database);
      await searchMessages(asker, each, page);
      expect(asker.answered.flatMap(({ readThrough }) => readThrough)).toEqual([]);
      expect(asker.answered.reduce((sum, { rowsLookedAt }) => sum + rowsLookedAt, 0)).toBeLessThan(6 * mostLookedAt);
    }
    const first = await searchMessages(hands.database, rare, page);
    expect(first).toMatchObject({ isCutShort: true });
    expect(Number(first.next)).toBeLessThan(messages - mostLookedAt);
    expect(await everything(rare)).toEqual(await plainly(rare));
  });

  it('finds what plainly asking every row finds', async () => {
    await fc.assert(
      fc.asyncProperty(someSearch(), async (search) => {
        expect(await everything(search)).toEqual(await plainly(search));
      }),
      { numRuns: 25, endOnFailure: true },
    );
  }, 300_000);

  it('counts what it finds, and says whether that is all', async () => {
    expect(await countMatches(hands.database, { ...nothingAsked, ...line('seldom'), state: 'ERROR' })).toEqual({
      count: 0,
      isAll: true,
    });
    expect(
      await countMatches(hands.database, { ...nothingAsked, state: 'ERROR', errorClass: 'refused_request' }),
    ).toEqual({
      count: (await plainly({ ...nothingAsked, state: 'ERROR', errorClass: 'refused_request' })).length,
      isAll: true,
    });
    expect(await countMatches(hands.database, { ...nothingAsked, state: 'OK' })).toMatchObject({ isAll: false });
  });
});

it('a caller’s lists go by the same indexes, and never read what is not theirs', async () => {
  const { database } = hands;
  const { customerId } = log.older;
  const other = newer().customerId;
  const theirs = {
    lineId: null,
    status: null,
    dest: null,
    reference: null,
    campaignId: null,
    beforeId: null,
    limit: 50,
  };
  const asked: [object, string | null, number, string?][] = [
    [{ dest: 'p77' }, 'cdls_list_of_dest', 50],
    [{ reference: 'order 12' }, 'cdls_list_of_msg_id', 25],
    [{ lineId: lines.old() }, 'cdls_list_of_line', 50],
    [{ campaignId: campaignId() }, 'cdls_list_of_campaign', 50, other],
    // Somebody else's.
    [{ campaignId: campaignId() }, null, 0],
    [{ lineId: lines.busy() }, null, 0],
    [{ status: 'ERROR' }, 'unsent_message_pkey', 50],
    [{ status: 'PENDING' }, null, 1],
  ];
  for (const [filter, index, least, who = customerId] of asked) {
    const asker = explaining(database);
    const found = await listMessages({ ...database, query: asker.query }, who, { ...theirs, ...filter });
    expect(found.length).toBeGreaterThanOrEqual(least);
    if (index !== null) expect(asker.answered[0]?.indexes).toContain(index);
    expect(asker.answered[0]?.readThrough.filter((table) => table === 'cdls' || table === 'unsent_message')).toEqual(
      [],
    );
    expect(asker.answered[0]?.rowsLookedAt).toBeLessThan(3_000);
  }
});

it('what a settle says is found by Meta’s id and by its error class', async () => {
  const { database, accept, customerId, go, settle } = hands;
  const lineId = await hands.addLine();
  const send = async () => {
    const messageId = await accept.drawId();
    await accept.accept(newMessage(messageId, { customerId, lineId, dest: messageId, lane: 'now' }));
    return go(messageId);
  };
  const [sent, refused] = [await send(), await send()];
  await settle(settleOf(sent, { returnId: 'm_of_its_own' }));
  await settle(
    settleOf(refused, { step: 'ERROR', outcome: 'refused', errorClass: 'refused_configuration', returnId: null }),
  );
  const idsOf = async (search: Partial<MessageSearch>) =>
    (await searchIds(database, { ...nothingAsked, ...search }, page)).rows.map(({ messageId }) => messageId);
  expect(await idsOf({ metaId: 'm_of_its_own' })).toEqual([sent.messageId]);
  expect(await idsOf({ errorClass: 'refused_configuration' })).toEqual([refused.messageId]);
  expect(await idsOf({ metaId: 'm_of_nobody' })).toEqual([]);
});

/** All pages of it, as somebody who goes on and on. */
async function everything(search: MessageSearch): Promise<string[]> {
  const all: string[] = [];
  for (let before: string | null = aboveAll; before !== null; ) {
    const { rows, next } = await searchIds(hands.database, search, { before, limit: 5_000 });
    all.push(...rows.map(({ messageId }) => messageId));
    before = next;
  }
  return all;
}

async function plainly(search: MessageSearch): Promise<string[]> {
  const rows = await hands.database.query<{ id: string }>(
    `SELECT m.cdls_id AS id FROM cdls m LEFT JOIN delivery d USING (cdls_id)
        LEFT JOIN attempt a ON a.cdls_id = m.cdls_id AND a.number = m.cdls_attempts
      WHERE ($1::bigint IS NULL OR m.cdls_id = $1) AND ($2::text IS NULL OR m.cdls_msg_id = $2) AND ($3::text IS NULL OR m.cdls_dest = $3)
        AND ($4::text IS NULL OR m.cdls_return_id = $4) AND ($5::bigint IS NULL OR m.v8l_id = $5)
        AND ($6::bigint IS NULL OR m.cdls_campaign_id = $6) AND ($7::text IS NULL OR $7 IN (m.cdls_status, d.state))
        AND ($8::text IS NULL OR (a.error_class = $8 AND m.cdls_status IN ('ERROR', 'CANCELED', 'WR')))
        AND ($9::timestamptz IS NULL OR m.cdls_created_at >= $9) AND ($10::timestamptz IS NULL OR m.cdls_created_at < $10)
      ORDER BY m.cdls_id DESC`,
    Object.values(search),
  );
  return rows.map(({ id }) => id);
}

function someSearch(): fc.Arbitrary<MessageSearch> {
  const maybe = <T>(some: fc.Arbitrary<T>, weight = 3) =>
    fc.oneof({ weight, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: some });
  const states: MessageState[] = [...deliveryStates, 'OK', 'ERROR', 'CANCELED'];
  const time = fc.integer({ min: -5, max: messages + 5 }).map(at);
  return fc.record({
    messageId: maybe(fc.integer({ min: 1, max: messages }).map(String), 20),
    reference: maybe(fc.integer({ min: 0, max: 1_000 }).map((n) => `order ${n}`)),
    dest: maybe(fc.integer({ min: 0, max: 998 }).map((n) => `p${n}`)),
    metaId: maybe(
      fc.integer({ min: 1, max: messages }).map((n) => `m_${n}`),
      20,
    ),
    lineId: maybe(fc.constantFrom(lines.old(), lines.busy(), lines.seldom())),
    campaignId: maybe(fc.constant(campaignId())),
    state: maybe(fc.constantFrom(...states), 1),
    errorClass: maybe(fc.constantFrom('refused_recipient', 'no_connection', 'no_answer')),
    from: maybe(time),
    until: maybe(time),
  });
}
