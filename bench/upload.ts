import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCampaign } from '@pombo/db/campaign-moves.ts';
import { readProgress } from '@pombo/db/campaign-progress.ts';
import { Redis } from 'ioredis';
import { addDraft } from '../test/support/campaign.ts';
import type { House } from '../test/support/house.ts';
import { type Bench, inHouses } from './bench.ts';
import type { Figure } from './figure.ts';
import { median } from './figures.ts';
import { heldByDatabase, heldByProcess, heldByRedis, readWhile } from './held.ts';

interface Size {
  pairs: number;
  recipients: number;
  giant: number;
  /** How long the giant one is sent afterwards. */
  sendSeconds: number;
}

const full: Size = { pairs: 5, recipients: 200_000, giant: 1_000_000, sendSeconds: 30 };
const brief: Size = { pairs: 1, recipients: 10_000, giant: 20_000, sendSeconds: 3 };

const batchRows = 5_000;
const workers = 2;

/** How fast is a CSV list taken over HTTP, beside the same rows handed to PostgreSQL as arrays? What does a giant one take? */
export const upload: Bench = (options) =>
  inHouses({ ...options, backends: ['redis'] }, { backends: ['redis'], latency: 80 }, async (house) => {
    const size = options.brief ? brief : full;
    options.say(`${size.giant} recipients, uploaded and sent`);
    const giant = await measureGiant(house, size);
    const runs: { bare: number; uploaded: number }[] = [];
    const api = await house.startApi();
    await house.database.query(bareTable);
    await uploadRate(house, api.url, size.recipients / 10);
    await bareRate(house, 0, size.recipients / 10);
    for (let n = 1; n <= size.pairs; n += 1) {
      options.say(`pair ${n} of ${size.pairs}: ${size.recipients} recipients`);
      const bare = await bareRate(house, n, size.recipients);
      runs.push({ bare, uploaded: await uploadRate(house, api.url, size.recipients) });
    }
    return [...giantFigures(size, giant), ...pairFigures(runs)];
  });

/** The least that keeps a recipient from being on a list twice. */
const bareTable =
  'CREATE TABLE bare_recipient (list bigint, dest text, variables jsonb, number bigint, PRIMARY KEY (list, dest))';

/** Recipients per second; the arrays are there before the clock runs, each batch is a transaction of its own. */
async function bareRate({ database }: House, list: number, recipients: number): Promise<number> {
  const batches = Array.from({ length: recipients / batchRows }, (_, batch) =>
    Array.from({ length: batchRows }, (_row, n) => batch * batchRows + n),
  ).map((numbers) => [numbers.map(destOf), numbers.map((n) => JSON.stringify({ name: nameOf(n) }))] as const);
  const startedAt = performance.now();
  for (const [dests, variables] of batches) {
    await database.query(
      `INSERT INTO bare_recipient SELECT $1, r.dest, r.variables::jsonb, r.place
        FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS r(dest, variables, place) ON CONFLICT DO NOTHING`,
      [list, dests, variables],
    );
  }
  return (recipients * 1000) / (performance.now() - startedAt);
}

/** Recipients per second, from the first byte sent to the answer that says they are all committed. */
async function uploadRate(house: House, apiUrl: string, recipients: number): Promise<number> {
  const campaignId = await addEmptyDraft(house);
  const list = listOf(recipients);
  const startedAt = performance.now();
  await sendList(house, apiUrl, campaignId, list, recipients);
  return (recipients * 1000) / (performance.now() - startedAt);
}

async function addEmptyDraft(house: House): Promise<string> {
  const lineId = await house.addLine(0);
  const over = { template: 'Hello {{name}}' };
  return addDraft(house.database, { customerId: house.customerId, lineId, dests: [], over });
}

function listOf(recipients: number): Buffer[] {
  const pieces = [Buffer.from('dest,name\n')];
  for (let from = 0; from < recipients; from += batchRows) {
    const rows = Array.from({ length: Math.min(batchRows, recipients - from) }, (_, n) => from + n);
    pieces.push(Buffer.from(rows.map((n) => `${destOf(n)},${nameOf(n)}\n`).join('')));
  }
  return pieces;
}

const destOf = (n: number) => `${1_000_000_000_000_000 + n * 7919}`;
const nameOf = (n: number) => `Ana Beatriz ${n % 1000}`;

async function sendList(
  { tsid }: House,
  apiUrl: string,
  campaignId: string,
  list: readonly Buffer[],
  recipients: number,
): Promise<void> {
  const request = httpRequest(`${apiUrl}/v1/campaigns/${campaignId}/recipients`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tsid}`, 'content-type': 'text/csv', 'upload-id': 'bench' },
  });
  const answer = new Promise<string>((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => text(response).then(resolve, reject));
  });
  for (const piece of list) {
    if (!request.write(piece)) await new Promise((resolve) => request.once('drain', resolve));
  }
  request.end();
  const said = JSON.parse(await answer);
  if (said.recipients !== recipients) throw new Error(`not all were taken: ${JSON.stringify(said)}`);
}

interface Giant {
  seconds: number;
  apiGrowth: readonly number[];
  redis: readonly number[];
  database: number;
  sent: number;
}

async function measureGiant(house: House, { giant, sendSeconds }: Size): Promise<Giant> {
  const redis = new Redis(house.redis?.url ?? '');
  const api = await house.startApi();
  const campaignId = await addEmptyDraft(house);
  const list = listOf(giant);
  const [apiBefore, databaseBefore] = [await heldByProcess(api.pid), await heldByDatabase(house.database)];

  const startedAt = performance.now();
  let seconds = Number.NaN;
  const sending = sendList(house, api.url, campaignId, list, giant).then(() => {
    seconds = (performance.now() - startedAt) / 1000;
  });
  const apiHeld = await readWhile(sending, 100, () => heldByProcess(api.pid));
  const database = (await heldByDatabase(house.database)) - databaseBefore;
  await api.end('SIGTERM');

  const programs = await Promise.all(Array.from({ length: workers }, () => house.startWorker()));
  await startCampaign(house.database, house.customerId, campaignId, null);
  const redisHeld = await readWhile(sleep(sendSeconds * 1000), 250, () => heldByRedis(redis));
  const { counts } = (await readProgress(house.database, [campaignId])).get(campaignId) ?? {};
  await Promise.all(programs.map((program) => program.end('SIGTERM')));
  redis.disconnect();
  return {
    seconds,
    apiGrowth: apiHeld.map((held) => held - apiBefore),
    redis: redisHeld,
    database,
    sent: counts?.sent ?? Number.NaN,
  };
}

function giantFigures({ giant, sendSeconds }: Size, measured: Giant): Figure[] {
  const alone = { reference: null, referenceValue: null };
  const name = (what: string) => `${giant} recipients: ${what}`;
  const one = (value: number) => ({ value, runs: [value] });
  const highest = (runs: readonly number[]) => ({ value: Math.max(...runs), runs });
  return [
    { name: name('taken in'), ...one(measured.seconds), unit: 's', ...alone, goal: { atMost: 40 } },
    { name: name('API grows by'), ...highest(measured.apiGrowth), unit: 'MB', ...alone, goal: { atMost: 150 } },
    { name: name('on disk'), ...one(measured.database), unit: 'MB', ...alone, goal: null },
    { name: name(`sent in ${sendSeconds} s`), ...one(measured.sent), unit: 'messages', ...alone, goal: null },
    { name: name('Redis meanwhile'), ...highest(measured.redis), unit: 'MB', ...alone, goal: { atMost: 50 } },
  ];
}

function pairFigures(runs: readonly { bare: number; uploaded: number }[]): Figure[] {
  const bare = median(runs.map((run) => run.bare));
  const uploaded = runs.map((run) => run.uploaded);
  return [
    {
      name: 'recipients uploaded as CSV',
      value: median(uploaded),
      unit: 'per s',
      reference: 'bare INSERT ... unnest',
      referenceValue: bare,
      runs: uploaded,
      goal: { ratioAtLeast: 0.3 },
    },
  ];
}
