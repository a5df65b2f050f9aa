import { campaignsToFeed } from '@pombo/db/campaign-feed.ts';
import { pauseCampaign, resumeCampaign, startCampaign } from '@pombo/db/campaign-moves.ts';
import { readStandings } from '@pombo/db/campaign-progress.ts';
import type { NewCampaign } from '@pombo/db/campaigns.ts';
import type { Database } from '@pombo/db/database.ts';
import {
  findAttachment,
  forgetAttachment,
  forgetOldAssets,
  giveUpUpload,
  keepAttachment,
  putOffUpload,
  takeUploads,
  type Upload,
} from '@pombo/db/page-assets.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addDraft } from '../support/campaign.ts';
import { type Hands, openHands } from '../support/hands.ts';

let hands: Hands;
let database: Database;
let customerId: string;
let lineId: string;
let campaigns = 0;

beforeAll(async () => {
  hands = await openHands();
  ({ database, customerId } = hands);
  lineId = await hands.addLine();
});
afterAll(() => hands.stop());
afterEach(async () => {
  await database.query("UPDATE campaign SET state = 'canceled', ended_at = now()");
  await database.query('DELETE FROM page_asset');
});

const image = { type: 'image', template: 'https://example.com/a.png' } as const;

async function addRunning(over: Partial<NewCampaign> = image): Promise<string> {
  const id = await addDraft(database, { customerId, lineId, dests: [String(++campaigns)], over });
  await startCampaign(database, customerId, id, null);
  return id;
}

async function isFed(id: string): Promise<boolean> {
  return (await campaignsToFeed(database)).some(({ campaignId }) => campaignId === id);
}

async function take(): Promise<Upload> {
  const [upload] = await takeUploads(database, 5);
  if (!upload) throw new Error('nothing is wanted');
  return upload;
}

async function said(id: string): Promise<unknown> {
  const standing = (await readStandings(database, [id])).get(id);
  return [standing?.state, standing?.because];
}

/** Lets so many days pass. */
async function age(days: number): Promise<void> {
  await database.query("UPDATE page_asset SET uploaded_at = uploaded_at - $1 * interval '1 day'", [days]);
  await database.query("UPDATE campaign SET started_at = started_at - $1 * interval '1 day'", [days]);
}
const comeToTry = () => database.query("UPDATE page_asset SET try_at = now() - interval '1 second'");
const again = { afterMs: 60_000, because: 'too fast', notFetched: false };

describe('the media of a campaign', () => {
  it('is given to one process, feeds nobody before it is there, and serves every campaign of the line', async () => {
    const id = await addRunning();
    const another = await addRunning();
    const taken = (await Promise.all([1, 2, 3].map(() => takeUploads(database, 5)))).flat();
    expect(taken).toMatchObject([
      { lineId, type: 'image', url: image.template, triesBefore: 0, notFetchedBefore: 0, awaited: true },
    ]);
    expect([await isFed(id), await findAttachment(database, id)]).toEqual([false, null]);
    await keepAttachment(database, taken[0] as Upload, '17');
    expect([await isFed(id), await isFed(another), await findAttachment(database, another)]).toEqual([
      true,
      true,
      '17',
    ]);
    expect(await takeUploads(database, 5)).toEqual([]);
  });

  it('is none of other lines, other types and other addresses, nor of texts and of what differs from one to the next', async () => {
    await addRunning();
    await keepAttachment(database, await take(), '17');
    const differs = await addRunning({ ...image, template: 'https://example.com/{{name}}.png' });
    const text = await addRunning({});
    expect([await isFed(differs), await isFed(text), await takeUploads(database, 5)]).toEqual([true, true, []]);
    await addRunning({ ...image, type: 'file' });
    await addRunning({ ...image, template: 'https://example.com/b.png' });
    expect((await takeUploads(database, 5)).map(({ type, url }) => [type, url]).sort()).toEqual([
      ['file', 'https://example.com/a.png'],
      ['image', 'https://example.com/b.png'],
    ]);
  });

  it('is fetched anew for a campaign that was started later: its URL may lead to something else by now', async () => {
    const id = await addRunning();
    await keepAttachment(database, await take(), '17');
    await age(5);
    const later = await addRunning();
    expect([await isFed(id), await isFed(later), await findAttachment(database, later)]).toEqual([true, false, null]);
    const upload = await take();
    expect(upload).toMatchObject({ awaited: true });
    expect(await giveUpUpload(database, upload, 'gone')).toEqual([later]);
    expect([await findAttachment(database, id), await takeUploads(database, 5)]).toEqual(['17', []]);
    await resumeCampaign(database, customerId, later, 'pending');
    await keepAttachment(database, await take(), '18');
    expect([await findAttachment(database, id), await findAttachment(database, later)]).toEqual(['18', '18']);
  });

  it('is taken by somebody else when its process is gone', async () => {
    await addRunning();
    const lost = await take();
    await database.query("UPDATE page_asset SET uploading_until = now() - interval '1 second'");
    const upload = await take();
    await putOffUpload(database, lost, again);
    expect(await giveUpUpload(database, lost, 'too large')).toEqual([]);
    await keepAttachment(database, upload, '17');
    await age(88);
    expect(await take()).toMatchObject({ triesBefore: 0 });
  });

  it('is not wanted while its line, its campaign or its hours do not let it send', async () => {
    const id = await addRunning();
    await pauseCampaign(database, customerId, id);
    expect(await takeUploads(database, 5)).toEqual([]);
    await resumeCampaign(database, customerId, id, 'pending');
    await database.query('UPDATE cd_v8_line SET v8l_paused_at = now()');
    expect(await takeUploads(database, 5)).toEqual([]);
    await database.query('UPDATE cd_v8_line SET v8l_paused_at = NULL');
    expect(await takeUploads(database, 5)).toHaveLength(1);
  });

  it('is uploaded again before its 90 days are over, and is good until then', async () => {
    const id = await addRunning();
    await keepAttachment(database, await take(), '17');
    await age(86);
    expect(await takeUploads(database, 5)).toEqual([]);
    await age(2);
    const upload = await take();
    expect(upload).toMatchObject({ awaited: false });
    await putOffUpload(database, upload, again);
    expect([await isFed(id), await findAttachment(database, id), await said(id)]).toEqual([
      true,
      '17',
      ['running', null],
    ]);
    await age(3);
    expect([await isFed(id), await findAttachment(database, id)]).toEqual([false, null]);
    await comeToTry();
    await keepAttachment(database, await take(), '18');
    expect([await isFed(id), await findAttachment(database, id)]).toEqual([true, '18']);
  });

  it('that cannot be uploaded now is said to be so, until it is', async () => {
    const id = await addRunning();
    await putOffUpload(database, await take(), again);
    expect(await said(id)).toEqual(['running', 'its media is not uploaded yet: too fast']);
    expect([await isFed(id), await takeUploads(database, 5)]).toEqual([false, []]);
    await comeToTry();
    const upload = await take();
    expect(upload).toMatchObject({ triesBefore: 1, notFetchedBefore: 0 });
    await putOffUpload(database, upload, { ...again, notFetched: true });
    await comeToTry();
    const third = await take();
    expect(third).toMatchObject({ triesBefore: 2, notFetchedBefore: 1 });
    await keepAttachment(database, third, '17');
    expect(await said(id)).toEqual(['running', null]);
  });

  it('that Meta does not take stops the campaigns that wait for it; whoever goes on has it tried anew', async () => {
    const id = await addRunning();
    const upload = await take();
    const another = await addRunning();
    expect((await giveUpUpload(database, upload, 'too large')).sort()).toEqual([id, another].sort());
    expect(await said(id)).toEqual(['stopped', 'its media could not be uploaded: too large']);
    expect(await takeUploads(database, 5)).toEqual([]);
    await resumeCampaign(database, customerId, id, 'pending');
    expect(await said(id)).toEqual(['running', 'its media is not uploaded yet: too large']);
    expect(await take()).toMatchObject({ triesBefore: 0 });
  });

  it('is uploaded again at once when Meta has forgotten it, by the one who hears of it first', async () => {
    const id = await addRunning();
    await keepAttachment(database, await take(), '17');
    await age(5);
    const forgotten = await Promise.all([1, 2].map(() => forgetAttachment(database, id, '17')));
    expect(forgotten.sort()).toEqual([false, true]);
    expect([await isFed(id), await findAttachment(database, id)]).toEqual([false, null]);
    await keepAttachment(database, await take(), '18');
    expect(await forgetAttachment(database, id, '17')).toBe(false);
    expect(await findAttachment(database, id)).toBe('18');
  });

  it('goes by its URL for a while when its ids are refused as soon as they are there', async () => {
    const id = await addRunning();
    await keepAttachment(database, await take(), '17');
    await forgetAttachment(database, id, '17');
    await keepAttachment(database, await take(), '18');
    await forgetAttachment(database, id, '18');
    expect([await isFed(id), await findAttachment(database, id), await takeUploads(database, 5)]).toEqual([
      true,
      null,
      [],
    ]);
    const [row] = await database.query<{ minutes: number }>(
      'SELECT round(extract(epoch FROM try_at - now()) / 60)::int AS minutes FROM page_asset',
    );
    expect(row?.minutes).toBe(10);
    await comeToTry();
    await keepAttachment(database, await take(), '19');
    await age(5);
    await forgetAttachment(database, id, '19');
    expect([await isFed(id), (await take()).awaited]).toEqual([false, true]);
  });

  it('is wanted for what is left of a campaign, too, which does not wait for it', async () => {
    const id = await addRunning();
    await keepAttachment(database, await take(), '17');
    await database.query("UPDATE campaign SET state = 'finishing' WHERE campaign_id = $1", [id]);
    await forgetAttachment(database, id, '17');
    const upload = await take();
    expect(upload).toMatchObject({ awaited: false });
    await putOffUpload(database, upload, again);
    expect(await said(id)).toEqual(['finishing', null]);
  });

  it('is forgotten when Meta has forgotten it and nobody has asked for it since', async () => {
    await addRunning();
    await keepAttachment(database, await take(), '17');
    await age(89);
    await database.query('UPDATE page_asset SET uploading_until = NULL');
    const left = async () => (await database.query('SELECT 1 FROM page_asset')).length;
    await forgetOldAssets(database);
    expect(await left()).toBe(1);
    await age(2);
    await forgetOldAssets(database);
    expect(await left()).toBe(0);
  });
});
