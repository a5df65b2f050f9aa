import { listAudit } from '@pombo/db/audit.ts';
import { cancelCampaign } from '@pombo/db/campaign-moves.ts';
import { cancelByOperator } from '@pombo/db/cancel.ts';
import { excludeRecipients } from '@pombo/db/exclusions.ts';
import { readSurroundings } from '@pombo/db/message-surroundings.ts';
import { readContent, showMessage } from '@pombo/db/messages.ts';
import { type Replayed, replayMessage } from '@pombo/db/replay.ts';
import { settleByHand } from '@pombo/db/settle-by-hand.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDraft, feedOnce } from '../support/campaign.ts';
import { type OneLine, openOneLine } from '../support/one-line.ts';
import { settleOf } from '../support/settle-of.ts';
import { testActor } from '../support/test-actor.ts';

let house: OneLine;

beforeAll(async () => {
  house = await openOneLine();
});
afterAll(() => house.stop());

const aDay = 24 * 3_600_000;
const replay = (messageId: string, horizonMs = aDay) => replayMessage(house.prisma, testActor, messageId, horizonMs);
const lastDeeds = async (count: number) =>
  (await listAudit(house.prisma, count)).map(({ who, action, object }) => ({ who, action, object }));

async function failed(over: Parameters<OneLine['send']>[0] = {}): Promise<string> {
  const attempt = await house.calling(over);
  const end = {
    step: 'ERROR',
    outcome: 'refused',
    errorClass: 'refused_request',
    returnCode: 400,
    returnId: null,
  } as const;
  await house.settle(settleOf(attempt, end));
  return attempt.messageId;
}

async function statusOf(messageId: string): Promise<string | undefined> {
  const [row] = await house.database.query<{ status: string }>(
    'SELECT cdls_status AS status FROM cdls WHERE cdls_id = $1::bigint',
    [messageId],
  );
  return row?.status;
}

describe('a replay', () => {
  it('is a new message of lane bulk, to the same person, with the same words, linked to the first', async () => {
    const messageId = await failed({ data: 'once more', caption: 'c', reference: 'order 9', onUnknown: 'resend' });
    const said = await replay(messageId);
    if (said.kind !== 'replayed') throw new Error(said.kind);
    const [first, second] = [
      await showMessage(house.prisma, messageId),
      await showMessage(house.prisma, said.replayId),
    ];
    if (!first || !second) throw new Error('both are there');
    const { customerId, lineId, dest, type, reference, onUnknown } = first;
    expect(second).toMatchObject({
      customerId,
      lineId,
      dest,
      type,
      reference,
      onUnknown,
      lane: 'bulk',
      status: 'PENDING',
    });
    expect(second.delivery?.state).toBe('backlog');
    expect(await readContent(house.prisma, said.replayId)).toEqual({ data: 'once more', caption: 'c' });
    expect(await readSurroundings(house.database, first)).toMatchObject({
      replayedAs: said.replayId,
      replay: 'already',
    });
    expect(await readSurroundings(house.database, second)).toMatchObject({ replayOf: messageId, replay: 'not_unsent' });
    expect(await lastDeeds(1)).toEqual([
      { who: 'test', action: 'replay message', object: `${messageId} as ${said.replayId}` },
    ]);
  });

  it('is made once, however many ask at the same moment, and can itself be replayed when it fails', async () => {
    const messageId = await failed();
    const said = await Promise.all(Array.from({ length: 6 }, () => replay(messageId)));
    expect(said.map(({ kind }) => kind).sort()).toEqual([...Array(5).fill('already'), 'replayed']);
    const made = await house.database.query('SELECT 1 FROM message_replay WHERE cdls_id = $1::bigint', [messageId]);
    expect(made).toHaveLength(1);
    const next = said.find((each): each is Replayed & { kind: 'replayed' } => each.kind === 'replayed')?.replayId ?? '';
    await cancelByOperator(house.prisma, testActor, next);
    expect((await replay(next)).kind).toBe('replayed');
  });

  it('is not made of what may still be sent, was sent, or is not there', async () => {
    const waiting = await house.send({ lane: 'bulk' });
    const sent = await house.calling();
    await house.settle(settleOf(sent));
    const unknown = await house.unknown();
    for (const id of [waiting, sent.messageId, unknown.messageId])
      expect(await replay(id)).toEqual({ kind: 'not_unsent' });
    expect(await replay('999999999')).toEqual({ kind: 'not_found' });
  });

  it('meets the rules that callers meet', async () => {
    const messageId = await failed();
    const { database, lineId } = house;
    const line = (set: string) => database.query(`UPDATE cd_v8_line SET ${set} WHERE v8l_id = $1::bigint`, [lineId]);
    const customer = (active: boolean) => database.query('UPDATE cd_customer SET cdcs_active = $1', [active]);
    await line('v8l_active = false');
    expect(await replay(messageId)).toEqual({ kind: 'line_inactive' });
    await line("v8l_active = true, v8l_fb_page_id = ''");
    expect(await replay(messageId)).toEqual({ kind: 'line_incomplete' });
    await line("v8l_fb_page_id = '1', v8l_pace = 1");
    await customer(false);
    expect(await replay(messageId)).toEqual({ kind: 'account_inactive' });
    await customer(true);
    expect(await replay(messageId, 0)).toEqual({ kind: 'full' });
    expect((await replay(messageId)).kind).toBe('replayed');
    await line('v8l_pace = 0');
  });

  it('does not write to somebody a campaign must not write to, nor for a campaign that was canceled', async () => {
    const { database, customerId, lineId } = house;
    const campaignMessage = async (dest: string) => {
      const campaignId = await addDraft(database, { customerId, lineId, dests: [dest] });
      await database.query("UPDATE campaign SET state = 'running', started_at = now() WHERE campaign_id = $1::bigint", [
        campaignId,
      ]);
      await feedOnce(database, campaignId);
      const [row] = await database.query<{ id: string }>(
        'SELECT cdls_id AS id FROM cdls WHERE cdls_campaign_id = $1::bigint',
        [campaignId],
      );
      const messageId = row?.id ?? '';
      await cancelByOperator(house.prisma, testActor, messageId);
      return { campaignId, messageId };
    };
    const excluded = await campaignMessage('55500');
    await excludeRecipients(database, customerId, ['55500']);
    expect(await replay(excluded.messageId)).toEqual({ kind: 'excluded' });
    const canceled = await campaignMessage('55501');
    await cancelCampaign(database, customerId, canceled.campaignId);
    expect(await replay(canceled.messageId)).toEqual({ kind: 'campaign_canceled' });
  });
});

describe('an operator’s word', () => {
  it('is recorded with what it did, and only when it did something', async () => {
    const unknown = await house.unknown();
    const before = (await listAudit(house.prisma, 1_000)).length;
    expect(await settleByHand(house.prisma, testActor, unknown.messageId, { kind: 'sent', returnId: 'm_seen' })).toBe(
      'done',
    );
    expect(await settleByHand(house.prisma, testActor, unknown.messageId, { kind: 'not_sent' })).toBe('not_unknown');
    expect(await settleByHand(house.prisma, testActor, '999999999', { kind: 'not_sent' })).toBe('not_found');
    const waiting = await house.send({ lane: 'bulk' });
    expect(await cancelByOperator(house.prisma, testActor, waiting)).toBe('canceled');
    expect(await cancelByOperator(house.prisma, testActor, waiting)).toBe('too_late');
    expect(await statusOf(waiting)).toBe('CANCELED');
    expect((await listAudit(house.prisma, 1_000)).length).toBe(before + 2);
    expect(await lastDeeds(2)).toEqual([
      { who: 'test', action: 'cancel message', object: waiting },
      { who: 'test', action: 'settle message', object: `${unknown.messageId}: OK` },
    ]);
  });

  it('of two who settle the same message at once one is heard', async () => {
    const { messageId } = await house.unknown();
    const words = [{ kind: 'sent', returnId: '' }, { kind: 'not_sent' }, { kind: 'send_again' }] as const;
    const heard = await Promise.all(words.map((word) => settleByHand(house.prisma, testActor, messageId, word)));
    expect(heard.filter((each) => each === 'done')).toHaveLength(1);
  });
});

it('what stands around a message says which other one goes first, and the key it came with', async () => {
  const { database, prisma } = house;
  const first = await house.send({ lane: 'bulk', dest: 'same' });
  const second = await house.send({
    lane: 'bulk',
    dest: 'same',
    idempotency: { key: 'key of mine', fingerprint: Buffer.alloc(4) },
  });
  const shown = await showMessage(prisma, second);
  if (!shown) throw new Error('it is there');
  expect(await readSurroundings(database, shown)).toMatchObject({
    goesFirst: first,
    idempotencyKey: 'key of mine',
    campaign: null,
    lineName: 'test page',
  });
});
