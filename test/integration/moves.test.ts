import { randomInt } from 'node:crypto';
import { endCanceled, foldCampaigns, requeueUnknown } from '@pombo/db/campaign-feed.ts';
import { cancelCampaign, resumeCampaign, startCampaign } from '@pombo/db/campaign-moves.ts';
import { cancelMessage } from '@pombo/db/cancel.ts';
import type { OpenAttempt } from '@pombo/db/claim.ts';
import { settleByEvidence } from '@pombo/db/evidence.ts';
import { excludeRecipients } from '@pombo/db/exclusions.ts';
import { pauseLine, resumeLine } from '@pombo/db/lines.ts';
import { releaseLines } from '@pombo/db/release.ts';
import { settleByHand } from '@pombo/db/settle-by-hand.ts';
import { endExpired, expireLeases } from '@pombo/db/sweep.ts';
import { moves } from '@pombo/domain/delivery-state.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addDraft, feedOnce } from '../support/campaign.ts';
import { asRowsTell, historyTotals, recountHistory } from '../support/history-totals.ts';
import { noAnswer, type OneLine, openOneLine } from '../support/one-line.ts';
import { settleOf } from '../support/settle-of.ts';
import { testActor } from '../support/test-actor.ts';

let house: OneLine;

beforeAll(async () => {
  house = await openOneLine();
});
afterAll(() => house.stop());

const refused = { step: 'ERROR', outcome: 'refused' } as const;
const soon = { step: 'again', afterMs: 0, outcome: 'withheld' } as const;
const later = { step: 'backlog', afterMs: 9_000, outcome: 'throttled' } as const;

const seen = ({ messageId, attempt }: OpenAttempt) =>
  settleByEvidence(house.database, { messageId, attempt, metaMessageId: 'm_seen', source: 'echo' });
const release = () => releaseLines(house.database, [house.lineId]);
const over = (column: 'expires_at' | 'lease_until', messageId: string) =>
  house.database.query(`UPDATE delivery SET ${column} = now() - interval '1 second' WHERE cdls_id = $1::bigint`, [
    messageId,
  ]);

/** A message that waits in the backlog of its line. */
const waiting = () => house.send({ lane: 'bulk' });

it('every move in the table is made by the one who may make it, and no other is made', async () => {
  for (const walk of [accepted, released, sending, unknown, sentAgain, ofACampaign]) await walk();
  const name = ({ from, to, by }: { from: string; to: string; by: string }) => `${from} ${to} ${by}`;
  const inTheTable = Object.entries(moves).flatMap(([from, leaving]) => leaving.map((move) => name({ from, ...move })));
  expect([...new Set((await house.guard.seen()).map(name))].sort()).toEqual(inTheTable.sort());
});

it('the history has counted every one of them that begins or ends a message, or leaves its outcome unknown', async () => {
  const { database, guard } = house;
  const totals = await historyTotals(database);
  expect(asRowsTell(totals)).toEqual(await recountHistory(database));
  expect(totals.unknown).toBe((await guard.seen()).filter(({ to }) => to === 'unknown').length);
});

it('the guard refuses a move that is not in the table, and one that is somebody else’s', async () => {
  const messageId = await waiting();
  const move = (state: string) =>
    house.database.query('UPDATE delivery SET state = $2 WHERE cdls_id = $1::bigint', [messageId, state]);
  await expect(move('unknown')).rejects.toThrow('must not go from backlog to unknown');
  await expect(move('released')).rejects.toThrow('must not go from backlog to released by operator');
});

async function accepted(): Promise<void> {
  const { database, customerId, send } = house;
  await cancelMessage(database, customerId, await waiting());
  await cancelMessage(database, customerId, await send());
  await over('expires_at', await waiting());
  await over('expires_at', await send());
  await endExpired(database, 100);
}

async function released(): Promise<void> {
  const { claim, prisma, lineId, send } = house;
  const late = await send();
  await over('expires_at', late);
  await claim({ messageId: late, release: 1 });
  const bulk = await waiting();
  await release();
  await pauseLine(prisma, testActor, lineId);
  await claim({ messageId: bulk, release: 1 });
  await resumeLine(prisma, testActor, lineId);
}

async function sending(): Promise<void> {
  const { settle, calling, claim, database } = house;
  for (const word of [{}, refused, soon, later, noAnswer]) await settle(settleOf(await calling(), word));
  await seen(await calling());
  const [first, second] = [await calling(), await calling()];
  await over('lease_until', first.messageId);
  await claim({ messageId: first.messageId, release: 1 });
  await over('lease_until', second.messageId);
  await expireLeases(database, 100);
}

async function unknown(): Promise<void> {
  const { settle } = house;
  for (const word of [{}, refused, soon, later]) await settle(settleOf(await house.unknown(), word));
  for (const word of [{ kind: 'sent', returnId: 'm' }, { kind: 'not_sent' }, { kind: 'send_again' }] as const)
    await settleByHand(house.prisma, testActor, (await house.unknown()).messageId, word);
  await seen(await house.unknown());
}

async function sentAgain(): Promise<void> {
  const { settle, claim, database } = house;
  await settle(settleOf((await house.sentAgain()).first));
  await seen((await house.sentAgain()).first);
  const asBulk = { lane: 'bulk' } as const;
  for (const end of [(first: OpenAttempt) => settle(settleOf(first)), seen]) {
    const messageId = await house.send(asBulk);
    await release();
    const first = await house.go(messageId, 1);
    await settle(settleOf(first, noAnswer));
    await settleByHand(house.prisma, testActor, messageId, { kind: 'send_again' });
    await end(first);
  }
  await over('expires_at', (await house.sentAgain()).first.messageId);
  const waitsAgain = await house.send(asBulk);
  await release();
  await settle(settleOf(await house.go(waitsAgain, 1), noAnswer));
  await settleByHand(house.prisma, testActor, waitsAgain, { kind: 'send_again' });
  await over('expires_at', waitsAgain);
  await endExpired(database, 100);
  const tooLate = (await house.sentAgain()).first.messageId;
  await over('expires_at', tooLate);
  await claim({ messageId: tooLate, release: 2 });
  const messageId = await house.send({ ...asBulk, onUnknown: 'resend' });
  await release();
  await settle(settleOf(await house.go(messageId, 1), noAnswer));
  await house.sentAgain();
  await house.database.query(
    "UPDATE delivery SET unknown_at = unknown_at - interval '1 hour' WHERE cdls_id = $1::bigint",
    [messageId],
  );
  await house.sentAgain();
}

/** Canceled in the backlog and in the lane, each once with an earlier call that may have arrived; excluded; and taken up again. */
async function ofACampaign(): Promise<void> {
  const { database, customerId, settle, claim } = house;
  for (const doubted of [false, true]) {
    for (const inLane of [false, true]) {
      const { id, messageId } = await fed();
      if (doubted) {
        await release();
        await settle(settleOf(await house.go(messageId, 1), noAnswer));
        await settleByHand(house.prisma, testActor, messageId, { kind: 'send_again' });
      }
      if (inLane) await release();
      await cancelCampaign(database, customerId, id);
      await endCanceled(database, 10);
    }
  }
  const { messageId, dest } = await fed();
  await release();
  await excludeRecipients(database, customerId, [dest]);
  await claim({ messageId, release: 1 });

  const resumed = await fed();
  await release();
  await settle(settleOf(await house.go(resumed.messageId, 1), noAnswer));
  await foldCampaigns(database);
  await resumeCampaign(database, customerId, resumed.id, 'unknown');
  await requeueUnknown(database, resumed.id, 10);
}

/** A running campaign whose one recipient has its message, in the backlog. */
async function fed(): Promise<{ id: string; messageId: string; dest: string }> {
  const { database, customerId, lineId } = house;
  const dest = String(randomInt(2 ** 40));
  const id = await addDraft(database, { customerId, lineId, dests: [dest] });
  await startCampaign(database, customerId, id, null);
  await feedOnce(database, id);
  const [row] = await database.query<{ messageId: string }>(
    'SELECT cdls_id AS "messageId" FROM campaign_recipient WHERE campaign_id = $1',
    [id],
  );
  return { id, messageId: row?.messageId ?? '', dest };
}
