import { foldCampaigns } from '@pombo/db/campaign-feed.ts';
import { hashToken } from '@pombo/db/token.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CampaignDoor, inside, openCampaignDoor } from '../support/campaign-door.ts';
import type { TestApi } from '../support/doorstep.ts';
import { type EventReader, readEvents } from '../support/event-reader.ts';
import { until } from '../support/until.ts';

let door: CampaignDoor;

const quick = { sampleMs: 20, heartbeatMs: 50 };

beforeAll(async () => {
  door = await openCampaignDoor({ campaignLimits: quick });
});
afterAll(() => door.stop());

function watch(id: string, { as = door.tsid, api = door.api }: { as?: string; api?: TestApi } = {}): EventReader {
  return readEvents(api.port, `/v1/campaigns/${id}/events?tsid=${as}`, { 'last-event-id': '1' });
}

const progressOf = ({ events }: EventReader) =>
  events.seen.filter(({ event }) => event === 'progress').map(({ data }) => JSON.parse(data));

const set = (id: string, what: string) =>
  door.doorstep.database.query(`UPDATE campaign SET ${what} WHERE campaign_id = $1`, [id]);

it('tells at once how it is, and then every change, and nothing else', async () => {
  const id = await door.draft();
  const reader = watch(id);
  await reader.events.until((seen) => seen.length === 1);
  const [first] = reader.events.seen;
  expect(first?.event).toBe('progress');
  expect(Math.abs(Number(first?.id) - Date.now())).toBeLessThan(60_000);
  const campaign = inside(await door.call('GET', `/v1/campaigns/${id}`));
  expect(JSON.parse(first?.data ?? '')).toEqual({
    state: 'draft',
    because: null,
    recipients: 0,
    counts: campaign.counts,
    rate_now: 0,
    eta: null,
    reasons: [],
  });
  await door.upload(id, 'dest,name\n1,Ana\n2,Bé\n');
  await reader.events.until((seen) => seen.length === 2);
  expect(progressOf(reader)[1]).toMatchObject({ recipients: 2, counts: { waiting: 2 } });
  await door.call('POST', `/v1/campaigns/${id}/start`);
  await reader.events.until((seen) => seen.length === 3);
  expect(progressOf(reader)[2]).toMatchObject({ state: 'running', counts: { waiting: 2 } });
  // Two signs of life later nothing more was told, because nothing more has changed.
  const signs = reader.comments.seen.length;
  await reader.comments.until((seen) => seen.length >= signs + 2);
  expect(reader.events.seen).toHaveLength(3);
  reader.request.destroy();
});

it('tells when it will end, and that a moment later it will end a moment later is no news', async () => {
  const id = await door.running(['1', '2']);
  await set(id, 'rate_now = 0.5, rate_at = now()');
  const asked = Date.now();
  const reader = watch(id);
  await reader.comments.until((seen) => seen.length >= 2);
  expect(reader.events.seen).toHaveLength(1);
  const [{ eta, rate_now }] = progressOf(reader);
  expect(rate_now).toBe(0.5);
  expect(Date.parse(eta) - asked).toBeGreaterThan(3_900);
  expect(Date.parse(eta) - asked).toBeLessThan(30_000);
  reader.request.destroy();
});

it('ends with the campaign, and with a draft that is deleted', async () => {
  const id = await door.running(['1']);
  const reader = watch(id);
  await reader.events.until((seen) => seen.length === 1);
  await door.call('POST', `/v1/campaigns/${id}/cancel`);
  await foldCampaigns(door.doorstep.database);
  await reader.ended;
  const last = reader.events.seen.at(-1);
  expect([last?.event, last?.data]).toEqual(['end', '{"state":"canceled"}']);
  expect(progressOf(reader).at(-1)).toMatchObject({ state: 'canceled', counts: { canceled: 1, waiting: 0 } });

  const late = watch(id);
  await late.ended;
  expect(late.events.seen.map(({ event }) => event)).toEqual(['progress', 'end']);

  const draft = await door.draft();
  const ofDraft = watch(draft);
  await ofDraft.events.until((seen) => seen.length === 1);
  await door.call('DELETE', `/v1/campaigns/${draft}`);
  await ofDraft.ended;
  expect(ofDraft.events.seen.at(-1)?.data).toBe('{"state":"deleted"}');
});

it('ends when the token is revoked, and costs the address one try for all of them', async () => {
  const id = await door.draft();
  const token = await door.doorstep.addToken(door.customerId);
  const others = watch(id);
  // Nobody waits for the next sign of life to be let go.
  const rarely = await door.doorstep.openApi({ campaignLimits: { ...quick, heartbeatMs: 600_000 } });
  const readers = Array.from({ length: 20 }, () => watch(id, { as: token, api: rarely }));
  await Promise.all(readers.map((reader) => reader.events.until((seen) => seen.length === 1)));
  await door.doorstep.database.query('UPDATE cd_psid SET psid_revoked_at = now() WHERE psid_hash = $1', [
    hashToken(token),
  ]);
  await Promise.all(readers.map((reader) => reader.ended));
  expect(readers.flatMap(({ events }) => events.seen.map(({ event }) => event))).toEqual(Array(20).fill('progress'));
  const signs = others.comments.seen.length;
  await others.comments.until((seen) => seen.length > signs);
  const tries = await door.doorstep.database.query<{ key: string; points: number }>(
    'SELECT key, points FROM login_trial WHERE points > 0',
  );
  expect(Math.max(0, ...tries.map(({ points }) => points))).toBeLessThan(3);
  others.request.destroy();
});

it('is for as many of one account as may watch at once; the others hear 503', async () => {
  const few = await door.doorstep.openApi({ campaignLimits: { ...quick, maxStreams: 4 } });
  const id = await door.draft();
  const readers = [watch(id, { api: few }), watch(id, { api: few })];
  await Promise.all(readers.map((reader) => reader.events.until((seen) => seen.length === 1)));
  const refused = await few.ask({ method: 'GET', path: `/v1/campaigns/${id}/events?tsid=${door.tsid}` });
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '30']);
  expect(inside(refused).detail).toContain('this account');
  readers[0]?.request.destroy();
  await until(async () => {
    const next = watch(id, { api: few });
    const status = await next.status;
    next.request.destroy();
    return status === 200;
  });
  await few.close();
});

it('tells everybody who watches the same', async () => {
  const id = await door.draft();
  const readers = Array.from({ length: 50 }, () => watch(id));
  await Promise.all(readers.map((reader) => reader.events.until((seen) => seen.length === 1)));
  await door.upload(id, 'dest\n1\n');
  await Promise.all(readers.map((reader) => reader.events.until((seen) => seen.length === 2)));
  expect(readers.map((reader) => progressOf(reader)[1].recipients)).toEqual(Array(50).fill(1));
  for (const reader of readers) reader.request.destroy();
});

it('neither keeps a stopping process nor lets anybody wait for its end', async () => {
  const stopping = await door.doorstep.openApi({ campaignLimits: quick });
  const id = await door.draft();
  const readers = Array.from({ length: 5 }, () => watch(id, { api: stopping }));
  await Promise.all(readers.map((reader) => reader.events.until((seen) => seen.length === 1)));
  const closed = stopping.close();
  await Promise.all(readers.map((reader) => reader.ended));
  await closed;
});
