import {
  campaignsToFeed,
  endCanceled,
  feedCampaign,
  foldCampaigns,
  type HungryCampaign,
  nextRecipients,
  requeueUnknown,
} from '@pombo/db/campaign-feed.ts';
import { addRecipients, beginUpload, findUpload } from '@pombo/db/campaign-list.ts';
import { cancelCampaign, pauseCampaign, resumeCampaign, startCampaign } from '@pombo/db/campaign-moves.ts';
import { readProgress } from '@pombo/db/campaign-progress.ts';
import { readResults } from '@pombo/db/campaign-results.ts';
import { findCampaign, type NewCampaign } from '@pombo/db/campaigns.ts';
import type { ClaimResult } from '@pombo/db/claim.ts';
import type { Database } from '@pombo/db/database.ts';
import { excludeRecipients } from '@pombo/db/exclusions.ts';
import { releaseLines } from '@pombo/db/release.ts';
import type { Settle } from '@pombo/db/settle.ts';
import { settleByHand } from '@pombo/db/settle-by-hand.ts';
import { endExpired, expireLeases, takeResends } from '@pombo/db/sweep.ts';
import type { CampaignState } from '@pombo/domain/campaign-state.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDraft, countsOf, feedOnce, recount } from '../support/campaign.ts';
import { type Hands, openHands } from '../support/hands.ts';
import { installMoveGuard } from '../support/move-guard.ts';
import { settleOf } from '../support/settle-of.ts';
import { testActor } from '../support/test-actor.ts';

let hands: Hands;
let database: Database;
let customerId: string;
let lastDest = 100_000;

beforeAll(async () => {
  hands = await openHands();
  ({ database, customerId } = hands);
  // Whatever is not in the table of moves fails here.
  await installMoveGuard(database);
});
afterAll(() => hands.stop());

const refused = { step: 'ERROR', outcome: 'refused', returnCode: 400, statusDelivery: 'refused: recipient' } as const;
const silence = {
  step: 'unknown',
  outcome: 'unknown',
  returnCode: null,
  statusDelivery: 'unknown: no answer',
} as const;

function newDests(count: number): string[] {
  return Array.from({ length: count }, () => String(++lastDest));
}

/** A running campaign on a line of its own. */
async function addRunning(count: number, over: Partial<NewCampaign> = {}): Promise<{ id: string; lineId: string }> {
  const lineId = await hands.addLine();
  const id = await addDraft(database, { customerId, lineId, dests: newDests(count), over });
  expect(await startCampaign(database, customerId, id, null)).toBe(true);
  return { id, lineId };
}

async function hungry(id: string): Promise<HungryCampaign | undefined> {
  return (await campaignsToFeed(database)).find(({ campaignId }) => campaignId === id);
}

const feed = (id: string) => feedOnce(database, id);

async function claimAll(lineId: string): Promise<ClaimResult[]> {
  const { notes } = await releaseLines(database, [lineId]);
  return Promise.all(notes.map((note) => hands.claim(note)));
}

/** Claims what is released and settles each as told, in the order of the claims. */
async function send(lineId: string, over: (n: number) => Partial<Settle> = () => ({})): Promise<number> {
  const results = await claimAll(lineId);
  await Promise.all(results.map((result, n) => result.kind === 'go' && hands.settle(settleOf(result, over(n)))));
  return results.filter((result) => result.kind === 'go').length;
}

async function stateOf(id: string): Promise<{ state: CampaignState | undefined; because: string | null | undefined }> {
  const campaign = await findCampaign(database, customerId, id);
  return { state: campaign?.state, because: campaign?.because };
}

async function check(id: string, expected: Record<string, number>): Promise<void> {
  expect(await countsOf(database, id)).toEqual(expected);
  expect(await recount(database, id)).toEqual(expected);
}

describe('a list', () => {
  it('holds each recipient once, and is added to where it was left', async () => {
    const lineId = await hands.addLine();
    const id = await addDraft(database, { customerId, lineId, dests: [] });
    const add = (fromRow: number, throughRow: number, dests: string[], faults: number[] = []) =>
      addRecipients(database, id, 'a', {
        fromRow,
        throughRow,
        recipients: dests.map((dest) => ({ dest, variables: { name: 'Ana' } })),
        faults: faults.map((row) => ({ row, column: 'dest', because: 'is empty' })),
      });
    expect(await beginUpload(database, customerId, id, 'a')).toMatchObject({ rows: 0 });
    expect(await add(0, 4, ['1', '2', '1'], [4])).toEqual({ kind: 'added', recipients: 2 });
    expect(await add(0, 4, ['1', '2', '1'])).toEqual({ kind: 'elsewhere' });
    expect(await add(4, 6, ['2', '3'])).toEqual({ kind: 'added', recipients: 1 });
    expect(await beginUpload(database, customerId, id, 'a')).toMatchObject({ rows: 6 });
    expect(await findUpload(database, customerId, id, 'a')).toMatchObject({
      upload: { rows: 6, recipients: 3, duplicates: 2, bad: 1, endedAt: null },
      faults: [{ row: 4, column: 'dest', because: 'is empty' }],
    });
    await check(id, { waiting: 3 });

    await startCampaign(database, customerId, id, null);
    expect(await add(6, 7, ['4'])).toEqual({ kind: 'not_draft' });
    expect(await beginUpload(database, customerId, id, 'b')).toBeNull();
    await check(id, { waiting: 3 });
  });
});

describe('feeding', () => {
  it('takes each recipient once, whoever feeds', async () => {
    const { id } = await addRunning(30);
    const campaign = await hungry(id);
    if (!campaign) throw new Error('not hungry');
    const next = await nextRecipients(database, { ...campaign, wanted: 20 });
    const renderings = next.recipients.map(() => ({ kind: 'message', data: 'hello' }) as const);
    const fed = await Promise.all([1, 2, 3].map(() => feedCampaign(database, campaign, next, renderings)));
    expect(fed.filter((one) => one !== null)).toEqual([{ lineId: campaign && expect.any(String), fed: 20 }]);
    await check(id, { waiting: 10, queued: 20 });
    expect(await feed(id)).toBe(10);
    expect(await stateOf(id)).toMatchObject({ state: 'finishing' });
    await check(id, { queued: 30 });
  });

  it('marks whom nothing can be made for, and says why', async () => {
    const { id } = await addRunning(3);
    const campaign = await hungry(id);
    if (!campaign) throw new Error('not hungry');
    const next = await nextRecipients(database, campaign);
    await feedCampaign(database, campaign, next, [
      { kind: 'message', data: 'hello' },
      { kind: 'invalid', because: 'no value for {{name}}' },
      { kind: 'invalid', because: 'no value for {{name}}' },
    ]);
    await check(id, { queued: 1, invalid: 2 });
    expect((await readProgress(database, [id])).get(id)?.reasons).toEqual([
      { state: 'invalid', code: null, because: 'no value for {{name}}', count: 2 },
    ]);
  });

  it('goes at the pace of the campaign where it has one of its own', async () => {
    const { id } = await addRunning(100, { rate: 10 });
    await database.query("UPDATE campaign SET allowance_at = now() - interval '1 second' WHERE campaign_id = $1", [id]);
    const first = await feed(id);
    expect(first).toBeGreaterThanOrEqual(10);
    expect(first).toBeLessThanOrEqual(20);
    await database.query("UPDATE campaign SET allowance_at = now() - interval '1 hour' WHERE campaign_id = $1", [id]);
    expect(await feed(id)).toBe(20);
    expect(await hungry(id)).toBeUndefined();
  });

  it('holds no more than two release windows', async () => {
    const lineId = await hands.addLine({ pace: 20 });
    const id = await addDraft(database, { customerId, lineId, dests: newDests(200) });
    await startCampaign(database, customerId, id, null);
    expect(await feed(id)).toBe(80);
    expect(await feed(id)).toBe(0);
    await releaseLines(database, [lineId]);
    expect(await feed(id)).toBe(40);
  });
});

describe('whoever is sent to', () => {
  it('is counted where it is, at every step', async () => {
    const { id, lineId } = await addRunning(10);
    await feed(id);
    await check(id, { queued: 10 });
    const results = await claimAll(lineId);
    await check(id, { sending: 10 });
    const ends = [refused, silence, { step: 'again', outcome: 'unavailable', costsTry: true, afterMs: 0 } as const];
    await Promise.all(
      results.map((result, n) => result.kind === 'go' && hands.settle(settleOf(result, { ...ends[n], code: 100 }))),
    );
    await check(id, { sent: 7, failed: 1, unknown: 1, queued: 1 });
    expect((await readProgress(database, [id])).get(id)?.reasons).toEqual([
      { state: 'failed', code: '100', because: 'refused: recipient', count: 1 },
    ]);
    await foldCampaigns(database);
    await check(id, { sent: 7, failed: 1, unknown: 1, queued: 1 });
    expect(await stateOf(id)).toMatchObject({ state: 'finishing' });

    const again = results.find((result, n) => n === 2 && result.kind === 'go');
    if (again?.kind !== 'go') throw new Error('no turn');
    await hands.settle(settleOf(await hands.go(again.messageId), { outcome: 'sent' }));
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'finished' });
    const { results: listed } = await readResults(database, id, { after: 0, limit: 20, state: null });
    expect(listed.map(({ state }) => state)).toEqual(expect.arrayContaining(['sent', 'failed', 'unknown']));
    expect(listed).toHaveLength(10);
  });

  it('is unknown when the worker is gone, and counted as what an operator says', async () => {
    const { id, lineId } = await addRunning(3);
    await feed(id);
    const results = await claimAll(lineId);
    const ids = results.flatMap((result) => (result.kind === 'go' ? [result.messageId] : []));
    await database.query(
      "UPDATE delivery SET lease_until = now() - interval '1 second' WHERE cdls_id = ANY ($1::bigint[])",
      [ids],
    );
    await expireLeases(database, 100);
    await foldCampaigns(database);
    await check(id, { unknown: 3 });
    expect(await stateOf(id)).toMatchObject({ state: 'finished' });

    const [first = '', second = '', third = ''] = ids;
    await settleByHand(hands.prisma, testActor, first, { kind: 'sent', returnId: 'm_x' });
    await settleByHand(hands.prisma, testActor, second, { kind: 'not_sent' });
    await settleByHand(hands.prisma, testActor, third, { kind: 'send_again' });
    await check(id, { sent: 1, failed: 1, queued: 1 });
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'finishing' });
    expect(await send(lineId)).toBe(1);
    await foldCampaigns(database);
    await check(id, { sent: 2, failed: 1 });
    expect(await stateOf(id)).toMatchObject({ state: 'finished' });
  });

  it('goes on when a worker that was given up says that its call was never made', async () => {
    const { id, lineId } = await addRunning(1);
    await feed(id);
    const [result] = await claimAll(lineId);
    if (result?.kind !== 'go') throw new Error('no turn');
    await database.query("UPDATE delivery SET lease_until = now() - interval '1 second' WHERE cdls_id = $1", [
      result.messageId,
    ]);
    await expireLeases(database, 100);
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'finished' });
    await hands.settle(settleOf(result, { step: 'backlog', afterMs: 0, outcome: 'withheld' }));
    await check(id, { queued: 1 });
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'finishing' });
    expect(await send(lineId)).toBe(1);
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'finished' });
    expect((await findCampaign(database, customerId, id))?.endedAt).not.toBeNull();
  });

  it('is not sent again by hand when its campaign was canceled', async () => {
    const { id, lineId } = await addRunning(1);
    await feed(id);
    const [result] = await claimAll(lineId);
    if (result?.kind !== 'go') throw new Error('no turn');
    await hands.settle(settleOf(result, silence));
    await cancelCampaign(database, customerId, id);
    expect(await settleByHand(hands.prisma, testActor, result.messageId, { kind: 'send_again' })).toBe(
      'campaign_canceled',
    );
    await check(id, { unknown: 1 });
    expect(await settleByHand(hands.prisma, testActor, result.messageId, { kind: 'sent', returnId: '' })).toBe('done');
  });

  it('that may be sent again and has expired meanwhile keeps nothing from its end', async () => {
    const { id, lineId } = await addRunning(1, { onUnknown: 'resend' });
    await feed(id);
    await send(lineId, () => silence);
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'finishing' });
    await database.query(
      "UPDATE delivery SET unknown_at = now() - interval '61 seconds', expires_at = now() WHERE source = $1",
      [id],
    );
    expect(await takeResends(database, 100)).toEqual([]);
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'finished' });
    await check(id, { unknown: 1 });
  });

  it('is left out when the customer has excluded it, even after its message was made', async () => {
    const lineId = await hands.addLine();
    const dests = newDests(3);
    const id = await addDraft(database, { customerId, lineId, dests });
    await startCampaign(database, customerId, id, null);
    await feed(id);
    await excludeRecipients(database, customerId, [dests[1] ?? '']);
    expect(await send(lineId)).toBe(2);
    await check(id, { sent: 2, excluded: 1 });
  });
});

describe('a campaign', () => {
  it('makes no call while it is paused, and goes on where it was', async () => {
    const { id, lineId } = await addRunning(5);
    await feed(id);
    const { notes } = await releaseLines(database, [lineId]);
    expect(await pauseCampaign(database, customerId, id)).toBe(true);
    const answers = await Promise.all(notes.map((note) => hands.claim(note)));
    expect(answers.map(({ kind }) => kind)).toEqual(Array(5).fill('done'));
    expect(await claimAll(lineId)).toEqual([]);
    await check(id, { queued: 5 });
    expect(await resumeCampaign(database, customerId, id, 'pending')).toBe(true);
    expect(await resumeCampaign(database, customerId, id, 'pending')).toBe(false);
    expect(await send(lineId)).toBe(5);
    await feed(id);
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'finished' });
  });

  it('keeps nobody else’s message to the same people waiting while it is paused', async () => {
    const lineId = await hands.addLine();
    const dests = newDests(3);
    const paused = await addDraft(database, { customerId, lineId, dests });
    await startCampaign(database, customerId, paused, null);
    await feed(paused);
    await pauseCampaign(database, customerId, paused);
    const other = await addDraft(database, { customerId, lineId, dests });
    await startCampaign(database, customerId, other, null);
    await feed(other);
    expect(await send(lineId)).toBe(3);
    await check(other, { sent: 3 });
    await check(paused, { queued: 3 });
  });

  it('is fed on while some of its messages wait to be tried again', async () => {
    const lineId = await hands.addLine({ pace: 10 });
    const id = await addDraft(database, { customerId, lineId, dests: newDests(90) });
    await startCampaign(database, customerId, id, null);
    expect(await feed(id)).toBe(40);
    expect(await feed(id)).toBe(0);
    await database.query("UPDATE delivery SET due_at = now() + interval '1 minute' WHERE source = $1", [id]);
    expect(await feed(id)).toBe(40);
  });

  it('feeds nobody twice who was fed between two resumes', async () => {
    const { id, lineId } = await addRunning(3);
    await feed(id);
    await send(lineId, () => refused);
    await foldCampaigns(database);
    await resumeCampaign(database, customerId, id, 'failed');
    const late = await hungry(id);
    if (!late) throw new Error('not hungry');
    const next = await nextRecipients(database, late);
    await feed(id);
    await send(lineId);
    await check(id, { sent: 3 });
    await pauseCampaign(database, customerId, id);
    await resumeCampaign(database, customerId, id, 'failed');
    const renderings = next.recipients.map(() => ({ kind: 'message', data: 'again' }) as const);
    expect(await feedCampaign(database, late, next, renderings)).toMatchObject({ fed: 0 });
    await check(id, { sent: 3 });
  });

  it('sends again to those that failed, or are unknown, and to nobody else', async () => {
    const { id, lineId } = await addRunning(10);
    await feed(id);
    await send(lineId, (n) => (n < 3 ? refused : n < 5 ? silence : {}));
    await foldCampaigns(database);
    await check(id, { sent: 5, failed: 3, unknown: 2 });
    expect(await stateOf(id)).toMatchObject({ state: 'finished' });

    expect(await resumeCampaign(database, customerId, id, 'pending')).toBe(false);
    expect(await resumeCampaign(database, customerId, id, 'failed')).toBe(true);
    await feed(id);
    await check(id, { sent: 5, queued: 3, unknown: 2 });
    expect((await readProgress(database, [id])).get(id)?.reasons).toEqual([]);
    expect(await send(lineId, (n) => (n < 1 ? refused : {}))).toBe(3);
    await foldCampaigns(database);
    await check(id, { sent: 7, failed: 1, unknown: 2 });
    expect(await stateOf(id)).toMatchObject({ state: 'finished' });

    expect(await resumeCampaign(database, customerId, id, 'unknown')).toBe(true);
    expect(await requeueUnknown(database, id, 1)).toBe(true);
    expect(await requeueUnknown(database, id, 10)).toBe(true);
    expect(await requeueUnknown(database, id, 10)).toBe(false);
    await check(id, { sent: 7, failed: 1, queued: 2 });
    expect(await send(lineId, (n) => (n < 1 ? silence : {}))).toBe(2);
    await foldCampaigns(database);
    await check(id, { sent: 8, failed: 1, unknown: 1 });
    expect(await stateOf(id)).toMatchObject({ state: 'finished' });
  });

  it('waits again when only those that failed were to be sent to', async () => {
    const { id, lineId } = await addRunning(6, { rate: 1 });
    await database.query("UPDATE campaign SET allowance_at = now() - interval '1 hour' WHERE campaign_id = $1", [id]);
    expect(await feed(id)).toBe(2);
    await send(lineId, () => refused);
    await pauseCampaign(database, customerId, id);
    await resumeCampaign(database, customerId, id, 'failed');
    await database.query("UPDATE campaign SET allowance_at = now() - interval '1 hour' WHERE campaign_id = $1", [id]);
    await feed(id);
    await database.query("UPDATE campaign SET allowance_at = now() - interval '1 hour' WHERE campaign_id = $1", [id]);
    await feed(id);
    await send(lineId);
    await foldCampaigns(database);
    await check(id, { sent: 2, waiting: 4 });
    expect(await stateOf(id)).toEqual({ state: 'paused', because: 'only the failed ones were to be sent again' });
  });

  it('lets nobody on its list hear from it once it is canceled', async () => {
    const { id, lineId } = await addRunning(8, { rate: 1 });
    await database.query("UPDATE campaign SET allowance_at = now() - interval '1 hour' WHERE campaign_id = $1", [id]);
    await feed(id);
    const { notes } = await releaseLines(database, [lineId]);
    expect(notes).toHaveLength(2);
    expect(await cancelCampaign(database, customerId, id)).toBe(true);
    expect(await cancelCampaign(database, customerId, id)).toBe(false);
    await check(id, { canceled: 6, queued: 2 });
    expect(await endCanceled(database, 100)).toBe(2);
    await foldCampaigns(database);
    await check(id, { canceled: 8 });
    expect((await findCampaign(database, customerId, id))?.endedAt).not.toBeNull();
    expect((await hands.claim({ messageId: notes[0]?.messageId ?? '', release: 1 })).kind).toBe('done');
  });

  it('stops itself when everybody is refused for the same reason', async () => {
    const { id, lineId } = await addRunning(200);
    await feed(id);
    await send(lineId, () => ({ ...refused, code: 100, subcode: 2018001 }));
    await foldCampaigns(database);
    const { state, because } = await stateOf(id);
    expect(state).toBe('stopped');
    expect(because).toMatch(/^misconfigured: 200 recipients in a row .* refused: recipient \(code 100\/2018001\)$/);
    expect(await resumeCampaign(database, customerId, id, 'failed')).toBe(true);
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'running' });
    await feed(id);
    await send(lineId, () => ({ ...refused, code: 100, subcode: 2018001 }));
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'stopped' });
  });

  it('does not take it for a refusal that messages have expired', async () => {
    const { id, lineId } = await addRunning(60);
    await feed(id);
    await database.query("UPDATE delivery SET expires_at = now() - interval '1 second' WHERE source = $1", [id]);
    await endExpired(database, 100);
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'finished' });
    await check(id, { failed: 60 });
    expect((await readProgress(database, [id])).get(id)?.reasons).toEqual([
      { state: 'failed', code: null, because: 'expired', count: 60 },
    ]);
    await resumeCampaign(database, customerId, id, 'failed');
    await feed(id);
    expect((await readProgress(database, [id])).get(id)?.reasons).toEqual([]);
    expect(await send(lineId)).toBe(60);
  });

  it('stops itself when an error budget is used up, and counts anew when it is resumed', async () => {
    const { id, lineId } = await addRunning(300, { mostFailedPercent: 10 });
    await feed(id);
    await send(lineId, (n) => (n % 8 === 0 ? { ...refused, code: n } : {}));
    await foldCampaigns(database);
    expect(await stateOf(id)).toEqual({ state: 'stopped', because: '38 of 300 failed, more than 10 %' });
    await resumeCampaign(database, customerId, id, 'failed');
    await feed(id);
    await send(lineId);
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'finished' });
    await check(id, { sent: 300 });

    const doubtful = await addRunning(20, { mostUnknown: 3 });
    await feed(doubtful.id);
    await send(doubtful.lineId, (n) => (n < 4 ? silence : {}));
    await foldCampaigns(database);
    expect(await stateOf(doubtful.id)).toEqual({ state: 'stopped', because: '4 outcomes are unknown, more than 3' });
  });

  it('starts when its time has come', async () => {
    const lineId = await hands.addLine();
    const id = await addDraft(database, { customerId, lineId, dests: newDests(2) });
    const soon = new Date(Date.now() + 3_600_000);
    expect(await startCampaign(database, customerId, id, soon)).toBe(true);
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'scheduled' });
    await pauseCampaign(database, customerId, id);
    await resumeCampaign(database, customerId, id, 'pending');
    expect(await stateOf(id)).toMatchObject({ state: 'scheduled' });
    await database.query("UPDATE campaign SET starts_at = now() - interval '1 second' WHERE campaign_id = $1", [id]);
    await foldCampaigns(database);
    expect(await stateOf(id)).toMatchObject({ state: 'running' });
  });

  it('stops when its last day is over, and feeds nobody outside its hours', async () => {
    const over = { timeZone: 'America/Sao_Paulo', dateEnd: '2020-01-31' };
    const late = await addRunning(2, over);
    expect(await feed(late.id)).toBe(0);
    await foldCampaigns(database);
    expect(await stateOf(late.id)).toEqual({ state: 'stopped', because: 'its last day is over' });

    const fed = await addRunning(2);
    await feed(fed.id);
    await feed(fed.id);
    expect(await stateOf(fed.id)).toMatchObject({ state: 'finishing' });
    await database.query("UPDATE campaign SET date_end = '2020-01-31' WHERE campaign_id = $1", [fed.id]);
    await foldCampaigns(database);
    expect(await stateOf(fed.id)).toEqual({ state: 'stopped', because: 'its last day is over' });
    await check(fed.id, { queued: 2 });
  });

  it('that is to start later starts now when somebody wants that', async () => {
    const lineId = await hands.addLine();
    const id = await addDraft(database, { customerId, lineId, dests: newDests(1) });
    const inAnHour = new Date(Date.now() + 3_600_000);
    expect(await startCampaign(database, customerId, id, inAnHour)).toBe(true);
    const inTwo = new Date(Date.now() + 7_200_000);
    expect(await startCampaign(database, customerId, id, inTwo)).toBe(true);
    expect((await findCampaign(database, customerId, id))?.startsAt).toEqual(inTwo);
    expect(await startCampaign(database, customerId, id, null)).toBe(true);
    expect(await stateOf(id)).toMatchObject({ state: 'running' });
    expect(await startCampaign(database, customerId, id, null)).toBe(false);
  });
});

describe('the hours of a campaign', () => {
  const cases: readonly [hours: string, over: Partial<NewCampaign>, at: string, open: boolean][] = [
    ['always', {}, '2026-03-29T00:30:00Z', true],
    ['9 to 18 in Lisbon in winter', { timeStart: '09:00', timeEnd: '18:00' }, '2026-03-28T09:00:00Z', true],
    ['the minute before', { timeStart: '09:00', timeEnd: '18:00' }, '2026-03-28T08:59:59Z', false],
    ['the end is not included', { timeStart: '09:00', timeEnd: '18:00' }, '2026-03-28T18:00:00Z', false],
    ['an hour earlier by UTC in summer', { timeStart: '09:00', timeEnd: '18:00' }, '2026-03-29T08:00:00Z', true],
    ['and not as in winter', { timeStart: '09:00', timeEnd: '18:00' }, '2026-03-29T17:30:00Z', false],
    // On 2026-03-29 the clock in Lisbon goes from 01:00 to 02:00; on 2026-10-25 from 02:00 back to 01:00.
    ['hours that the night skips', { timeStart: '01:00', timeEnd: '02:00' }, '2026-03-29T01:00:00Z', false],
    ['hours that the night has twice, first', { timeStart: '01:00', timeEnd: '02:00' }, '2026-10-25T00:30:00Z', true],
    ['hours that the night has twice, again', { timeStart: '01:00', timeEnd: '02:00' }, '2026-10-25T01:30:00Z', true],
    ['over midnight, before', { timeStart: '22:00', timeEnd: '06:00' }, '2026-01-10T23:00:00Z', true],
    ['over midnight, after', { timeStart: '22:00', timeEnd: '06:00' }, '2026-01-11T05:59:00Z', true],
    ['over midnight, by day', { timeStart: '22:00', timeEnd: '06:00' }, '2026-01-11T12:00:00Z', false],
    ['the first day, by the clock there', { dateStart: '2026-07-01' }, '2026-06-30T23:30:00Z', true],
    ['the last day, by the clock there', { dateEnd: '2026-07-01' }, '2026-07-01T22:59:00Z', true],
    ['the day after', { dateEnd: '2026-07-01' }, '2026-07-01T23:00:00Z', false],
  ];
  it.each(cases)('%s', async (_hours, over, at, open) => {
    const lineId = await hands.addLine();
    const id = await addDraft(database, {
      customerId,
      lineId,
      dests: [],
      over: { timeZone: 'Europe/Lisbon', ...over },
    });
    const [row] = await database.query<{ open: boolean }>(
      'SELECT campaign_hours(c, $2::timestamptz) AS open FROM campaign c WHERE c.campaign_id = $1',
      [id, at],
    );
    expect(row?.open).toBe(open);
  });
});
