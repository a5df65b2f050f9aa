import { countBacklogs } from '@pombo/db/backlog-count.ts';
import { listBusiestLines } from '@pombo/db/busiest-lines.ts';
import { campaignsToFeed } from '@pombo/db/campaign-feed.ts';
import { pauseCampaign, startCampaign } from '@pombo/db/campaign-moves.ts';
import { readCampaignNumbers } from '@pombo/db/campaign-numbers.ts';
import type { Database } from '@pombo/db/database.ts';
import { readHouseNumbers } from '@pombo/db/house-numbers.ts';
import { countLineStandings } from '@pombo/db/line-report.ts';
import { pauseLine, resumeLine } from '@pombo/db/lines.ts';
import { listStalledLines } from '@pombo/db/stalled-lines.ts';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { addDraft, feedOnce } from '../support/campaign.ts';
import { fillBacklog } from '../support/fill-backlog.ts';
import { type Hands, openHands } from '../support/hands.ts';
import { newMessage } from '../support/new-message.ts';
import { testActor } from '../support/test-actor.ts';

let hands: Hands | null = null;

/** The questions are about the whole house, so each test has one of its own. */
async function house(): Promise<Hands> {
  hands ??= await openHands();
  return hands;
}

beforeEach(async () => {
  const { database } = await house();
  for (const table of ['delivery', 'line_backlog', 'campaign_recipient', 'campaign_delta', 'campaign_tally']) {
    await database.query(`DELETE FROM ${table}`);
  }
  await database.query("UPDATE campaign SET state = 'canceled', ended_at = now() WHERE ended_at IS NULL");
});
afterAll(() => hands?.stop());

async function accept({ accept, customerId }: Hands, lineId: string, dests: readonly string[], lane: 'now' | 'bulk') {
  for (const dest of dests) {
    await accept.accept(newMessage(await accept.drawId(), { customerId, lineId, dest, lane }));
  }
}

/** As of now, whenever the last count was. */
async function countNow(database: Database): Promise<void> {
  await database.query("UPDATE backlog_count SET counted_at = '-infinity'");
  await countBacklogs(database);
}

/** A slow machine takes a moment between two statements. */
function inTens(seconds: number): number {
  return 10 * Math.floor(seconds / 10);
}

describe('a line that stalls', () => {
  async function stalledFor(lineId: string): Promise<number | null> {
    const { database } = await house();
    await countNow(database);
    const line = (await listStalledLines(database, 20)).find((stalled) => stalled.lineId === lineId);
    return line === undefined ? null : inTens(line.seconds);
  }

  async function addWaiting(secondsDue: number, over: { pace?: number } = {}): Promise<string> {
    const open = await house();
    const lineId = await open.addLine(over);
    await accept(open, lineId, ['1', '2', '3'], 'bulk');
    await open.database.query(
      "UPDATE delivery SET due_at = now() - $2 * interval '1 second' WHERE v8l_id = $1::bigint",
      [lineId, secondsDue],
    );
    return lineId;
  }

  const gate = async (lineId: string, change: string) =>
    (await house()).database.query(`UPDATE line_gate SET ${change} WHERE v8l_id = $1::bigint`, [lineId]);

  it('has had no turn since its messages were due', async () => {
    expect(await stalledFor(await addWaiting(300))).toBe(300);
    expect(await stalledFor(await addWaiting(30))).toBeNull();
    expect(await stalledFor(await addWaiting(-600))).toBeNull();
  });

  it('counts from its last turn, and from when a block was over', async () => {
    const line = await addWaiting(900);
    await gate(line, "active_at = now() - interval '200 seconds'");
    expect(await stalledFor(line)).toBe(200);
    await gate(line, "blocked_until = now() - interval '100 seconds'");
    expect(await stalledFor(line)).toBe(100);
    await gate(line, "blocked_until = now() + interval '100 seconds'");
    expect(await stalledFor(line)).toBeNull();
    await gate(line, 'blocked_until = NULL, active_at = now()');
    expect(await stalledFor(line)).toBeNull();
  });

  it('is none that may not send, or whose next turn is far away', async () => {
    const { prisma } = await house();
    const line = await addWaiting(900);
    await pauseLine(prisma, testActor, line);
    expect(await stalledFor(line)).toBeNull();
    await resumeLine(prisma, testActor, line);
    expect(await stalledFor(line)).toBe(900);
    expect(await stalledFor(await addWaiting(900, { pace: 0.001 }))).toBeNull();
  });

  it('is none on which only a paused campaign waits', async () => {
    const { database, customerId, addLine } = await house();
    const lineId = await addLine();
    const campaign = await addDraft(database, { customerId, lineId, dests: ['1', '2'] });
    await startCampaign(database, customerId, campaign, null);
    expect(await feedOnce(database, campaign)).toBe(2);
    await database.query("UPDATE delivery SET due_at = now() - interval '5 minutes'");
    expect(await stalledFor(lineId)).toBe(300);
    await pauseCampaign(database, customerId, campaign);
    expect(await stalledFor(lineId)).toBeNull();
  });
});

describe('the busiest lines', () => {
  it('are those on which most is due, with the pace that is allowed for it', async () => {
    const open = await house();
    const { database, customerId, prisma } = open;
    const [most, some, none] = [
      await open.addLine({ pace: 40 }),
      await open.addLine({ pace: 10 }),
      await open.addLine(),
    ];
    await fillBacklog(database, { customerId, lineIds: [most], countPerLine: 50, campaign: false });
    await fillBacklog(database, { customerId, lineIds: [some], countPerLine: 20, campaign: false });
    await fillBacklog(database, { customerId, lineIds: [none], countPerLine: 90, campaign: false });
    await database.query("UPDATE delivery SET due_at = now() + interval '1 hour' WHERE v8l_id = $1::bigint", [none]);
    await countNow(database);
    expect(await listBusiestLines(database, 20)).toEqual([
      { lineId: most, messages: 50, due: 50, allowedPerSecond: 40 },
      { lineId: some, messages: 20, due: 20, allowedPerSecond: 10 },
      { lineId: none, messages: 90, due: 0, allowedPerSecond: 0 },
    ]);
    await pauseLine(prisma, testActor, most);
    expect(await listBusiestLines(database, 1)).toEqual([{ lineId: most, messages: 50, due: 50, allowedPerSecond: 0 }]);
  });
});

describe('the house', () => {
  it('knows what is released and due, and how old the oldest unknown is', async () => {
    const open = await house();
    const line = await open.addLine();
    await accept(open, line, ['1', '2', '3'], 'now');
    await accept(open, line, ['4'], 'bulk');
    expect(await readHouseNumbers(open.database)).toMatchObject({
      unknown: 0,
      unknownOldestAgeSeconds: 0,
      releasedDue: { now: 3, bulk: 0 },
    });
    await open.database.query(
      "UPDATE delivery SET state = 'unknown', unknown_at = now() - interval '7 minutes' WHERE dest = '1'",
    );
    await open.database.query("UPDATE delivery SET due_at = now() + interval '1 minute' WHERE dest = '2'");
    const numbers = await readHouseNumbers(open.database);
    expect(numbers).toMatchObject({ unknown: 1, releasedDue: { now: 1, bulk: 0 } });
    expect(inTens(numbers.unknownOldestAgeSeconds)).toBe(420);
  });

  it('counts its campaigns, and calls those held that may not send just now', async () => {
    const { database, customerId, addLine, prisma } = await house();
    const [line, pausedLine] = [await addLine(), await addLine()];
    await pauseLine(prisma, testActor, pausedLine);
    const add = async (lineId: string, dests: string[]) => {
      const id = await addDraft(database, { customerId, lineId, dests });
      await startCampaign(database, customerId, id, null);
      return id;
    };
    await add(line, ['1', '2', '3']);
    await add(pausedLine, ['4', '5']);
    await pauseCampaign(database, customerId, await add(line, ['6']));
    await addDraft(database, { customerId, lineId: line, dests: ['7'] });
    expect(await readCampaignNumbers(database)).toEqual({
      states: { scheduled: 0, running: 1, held: 1, paused: 1, stopped: 0, finishing: 0 },
      waiting: 5,
    });
  });
});

describe('with a thousand lines and 20 000 messages waiting', () => {
  async function fill(): Promise<Hands> {
    const open = await house();
    const { database, customerId } = open;
    const rows = await database.query<{ id: string }>(
      `INSERT INTO cd_v8_line (cdcs_id, v8l_name) SELECT $1, 'many' FROM generate_series(1, 1000) RETURNING v8l_id AS id`,
      [customerId],
    );
    const lineIds = rows.map(({ id }) => id);
    await fillBacklog(database, { customerId, lineIds, countPerLine: 20, campaign: false });
    await database.query("UPDATE delivery SET due_at = now() - interval '1 hour'");
    await countNow(database);
    await database.query('ANALYZE');
    return open;
  }

  it('each question is answered before a scrape gives up on it', async () => {
    const { database } = await fill();
    const questions = {
      readHouseNumbers: () => readHouseNumbers(database),
      listBusiestLines: () => listBusiestLines(database, 20),
      // The worst there is: all of them stall, and as many are looked into as may be.
      listStalledLines: () => listStalledLines(database, 20),
      countLineStandings: () => countLineStandings(database),
      readCampaignNumbers: () => readCampaignNumbers(database),
      campaignsToFeed: () => campaignsToFeed(database),
    };
    const tookMs: Record<string, number> = {};
    for (const [name, ask] of Object.entries(questions)) {
      const beganAt = performance.now();
      await ask();
      tookMs[name] = Math.round(performance.now() - beganAt);
    }
    expect(await listStalledLines(database, 2000)).toHaveLength(300);
    for (const ms of Object.values(tookMs)) expect(ms, JSON.stringify(tookMs)).toBeLessThan(2000);
  });
});
