import { setTimeout as sleep } from 'node:timers/promises';
import { startCampaign } from '@pombo/db/campaign-moves.ts';
import { readProgress } from '@pombo/db/campaign-progress.ts';
import { addDraft } from '../test/support/campaign.ts';
import { fillBacklog, tidy } from '../test/support/fill-backlog.ts';
import type { House } from '../test/support/house.ts';
import { turnsOf } from '../test/support/turns.ts';
import { type Bench, inHouses } from './bench.ts';
import type { Figure } from './figure.ts';
import { median } from './figures.ts';
import { pauseLines, resumeLines } from './paused-line.ts';
import { sendingRate } from './sending-rate.ts';

const graphMs = 80;
const workers = 2;
const ordinaryPace = 40;
const giantPace = 300;

interface Size {
  pairs: number;
  messages: number;
  giant: number;
  seconds: number;
}

const full: Size = { pairs: 5, messages: 40_000, giant: 200_000, seconds: 60 };
const brief: Size = { pairs: 1, messages: 3_000, giant: 5_000, seconds: 5 };

/** Does a campaign go as fast as single messages that wait already, and do campaigns leave each other their turns? */
export const campaign: Bench = (options) =>
  inHouses(options, { backends: ['redis'], latency: graphMs }, async (house) => {
    const size = options.brief ? brief : full;
    for (let n = 0; n < workers; n += 1) await house.startWorker();
    const runs: { campaign: number; single: number }[] = [];
    await campaignRate(house, size.messages / 10, new Set());
    for (let n = 1; n <= size.pairs; n += 1) {
      options.say(`pair ${n} of ${size.pairs} on ${house.backend}`);
      const single = await singleRate(house, size.messages);
      runs.push({ single, campaign: await campaignRate(house, size.messages, new Set()) });
    }
    options.say(`a campaign of ${size.giant}`);
    const sums = new Set<number>();
    const giant = await campaignRate(house, size.giant, sums);
    options.say('ten campaigns on ten lines, and a giant one');
    const shares = await sharesBeside(house, size);
    return figuresOf(house.backend, size, { runs, giant, sums, shares });
  });

async function singleRate(house: House, count: number): Promise<number> {
  const line = await house.addLine(0);
  await pauseLines(house, [line]);
  await fillBacklog(house.database, {
    customerId: house.customerId,
    lineIds: [line],
    countPerLine: count,
    campaign: false,
  });
  return sendingRate(house.simulator.ledger, count, () => resumeLines(house, [line]));
}

/** `sums` collects what the counts of the campaign add up to, asked all the time. */
async function campaignRate(house: House, count: number, sums: Set<number>): Promise<number> {
  const { database, customerId } = house;
  const lineId = await house.addLine(0);
  const id = await addDraft(database, { customerId, lineId, dests: destsOf(lineId, count) });
  await database.query('VACUUM (ANALYZE) campaign_recipient');
  await tidy(database);
  return sendingRate(
    house.simulator.ledger,
    count,
    () => startCampaign(database, customerId, id, null),
    async () => sums.add((await readProgress(database, [id])).get(id)?.recipients ?? -1),
  );
}

/** What ten campaigns on lines with an ordinary pace get, as parts of that pace, beside a giant one on a line of its own. */
async function sharesBeside(house: House, { seconds }: Size): Promise<{ ordinary: number[]; giant: number }> {
  const { database, customerId } = house;
  const lines: { lineId: string; pace: number }[] = [];
  for (let n = 0; n < 11; n += 1) {
    const pace = n === 10 ? giantPace : ordinaryPace;
    const lineId = await house.addLine(pace);
    const id = await addDraft(database, { customerId, lineId, dests: destsOf(lineId, pace * (seconds + 30)) });
    lines.push({ lineId, pace });
    await startCampaign(database, customerId, id, null);
  }
  const parts: number[] = [];
  await sleep(3_000);
  const from = Date.now();
  await sleep(seconds * 1000);
  for (const { lineId, pace } of lines) {
    const turns = (await turnsOf(house, lineId)).filter((at) => at >= from && at < from + seconds * 1000);
    parts.push(turns.length / (pace * seconds));
    await pauseLines(house, [lineId]);
  }
  return { ordinary: parts.slice(0, 10), giant: parts[10] ?? Number.NaN };
}

function destsOf(lineId: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${lineId}${10_000_000 + n}`);
}

interface Measured {
  runs: readonly { campaign: number; single: number }[];
  giant: number;
  sums: ReadonlySet<number>;
  shares: { ordinary: number[]; giant: number };
}

function figuresOf(backend: string, size: Size, { runs, giant, sums, shares }: Measured): Figure[] {
  const single = median(runs.map((run) => run.single));
  const beside = { unit: 'per s', reference: 'single messages', referenceValue: single };
  const ofPace = { unit: 'x', reference: 'pace of its line', referenceValue: 1 };
  const wrong = [...sums].filter((sum) => sum !== size.giant).length;
  const one = (value: number) => ({ value, runs: [value] });
  const ofCampaign = runs.map((run) => run.campaign);
  return [
    {
      name: `campaign on ${backend}`,
      value: median(ofCampaign),
      runs: ofCampaign,
      ...beside,
      goal: { ratioAtLeast: 0.8 },
    },
    { name: `campaign of ${size.giant} on ${backend}`, ...one(giant), ...beside, goal: null },
    {
      name: `its counts that did not add up`,
      ...one(wrong),
      unit: 'samples',
      reference: null,
      referenceValue: null,
      goal: { atMost: 0 },
    },
    {
      name: `ten campaigns beside a giant on ${backend}: slowest`,
      ...one(Math.min(...shares.ordinary)),
      ...ofPace,
      goal: { atLeast: 0.95 },
    },
    { name: `ten campaigns beside a giant on ${backend}: the giant`, ...one(shares.giant), ...ofPace, goal: null },
  ];
}
