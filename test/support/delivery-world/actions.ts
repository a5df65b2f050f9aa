import { cancelMessage } from '@pombo/db/cancel.ts';
import { settleByEvidence } from '@pombo/db/evidence.ts';
import { pauseLine, resumeLine, setLineToken } from '@pombo/db/lines.ts';
import { type HandSettlement, settleByHand } from '@pombo/db/settle-by-hand.ts';
import { endExpired, expireLeases, takeOverdue, takeResends } from '@pombo/db/sweep.ts';
import { testActor } from '../test-actor.ts';
import { acceptOne } from './accept.ts';
import { askForTurn, mustHaveEnded, tell } from './calls.ts';
import { jumpAll } from './clock.ts';
import { pick } from './dice.ts';
import { type SentMessage, wasDelivered } from './model.ts';
import { enqueue, releaseInto, type World, worldSeal } from './world.ts';

/** Numbers a random run brings along; each action takes from them what it has to choose. */
export interface Choice {
  a: number;
  b: number;
  c: number;
}

/** Everything that may happen. All but the last two may happen at the same moment. */
export const actions = {
  async accept(world, { a, b, c }) {
    const some = Array.from({ length: 1 + (a % 3) }, (_, n) => ({ a: a + n, b: b + n, c: c + 2 * n }));
    await Promise.all(some.map((choice) => acceptOne(world, choice)));
  },

  release: (world, { a }) => releaseInto(world, [pick(world.lineIds, a)]),

  async claim(world, { a, b, c }) {
    const taken = world.notes.splice(b % Math.max(1, world.notes.length), 1 + (a % 4));
    // The queue may hand the same note out twice.
    if (c % 5 === 0) world.notes.push(...taken);
    await Promise.all(taken.map((note, index) => askForTurn(world, a, note, c + index)));
  },

  async answer(world, { a, b, c }) {
    const calls = world.underWay.splice(a % Math.max(1, world.underWay.length), 1 + (b % 3));
    await Promise.all(calls.map((call) => tell(world, call, c)));
  },

  async crash(world, { a }) {
    world.underWay.splice(a % Math.max(1, world.underWay.length), 1);
  },

  async loseQueue(world) {
    world.notes = [];
  },

  async sweep(world, { a }) {
    const steps = [
      async () => enqueue(world, await takeOverdue(world.database, 'now', 'idle', 100)),
      async () => enqueue(world, await takeOverdue(world.database, 'bulk', 'idle', 100)),
      async () => enqueue(world, await takeResends(world.database, 100)),
      () => expireLeases(world.database, 100),
      () => endExpired(world.database, 100),
    ];
    await pick(steps, a)();
  },

  async cancel(world, { a }) {
    if (world.messages.size === 0) return;
    const { messageId } = pick([...world.messages.values()], a);
    const said = await cancelMessage(world.database, world.customerId, messageId);
    if (said === 'not_found') world.complaints.push(`cancel does not find ${messageId}`);
  },

  async byHand(world, { a, b }) {
    const message = await messageForHand(world, a);
    const word = pick<HandSettlement>(
      [{ kind: 'sent', returnId: 'm_hand' }, { kind: 'not_sent' }, { kind: 'send_again' }],
      b,
    );
    if (!message) return;
    // Before the word is spoken: the call it allows may begin before we hear that it was heard.
    if (word.kind === 'send_again') message.sendAgains += 1;
    const heard = (await settleByHand(world.prisma, testActor, message.messageId, word)) === 'done';
    if (word.kind === 'send_again') message.sendAgains -= heard ? 0 : 1;
    else if (heard) message.saidByHand = word.kind;
  },

  async evidence(world, { a, b }) {
    const delivered = [...world.messages.values()].flatMap(({ calls }) => calls.filter(wasDelivered));
    if (delivered.length === 0) return;
    const { messageId, attempt } = pick(delivered, a).open;
    const source = b % 2 === 0 ? 'echo' : 'read_back';
    const verdict = await settleByEvidence(world.database, { messageId, attempt, metaMessageId: 'm_seen', source });
    if (verdict === 'not_found') world.complaints.push(`evidence does not find ${messageId}/${attempt}`);
    await mustHaveEnded(world, messageId);
  },

  async line({ prisma, lineIds }, { a, b, c }) {
    const lineId = pick(lineIds, b);
    if (a % 6 === 0) await pauseLine(prisma, testActor, lineId);
    else if (a % 6 === 1) await setLineToken(prisma, testActor, worldSeal, lineId, `token ${c}`);
    else await resumeLine(prisma, testActor, lineId);
  },

  time: (world, { a }) => jumpAll(world, pick(jumps, a)),

  /** Everybody who is calling stands still until the leases are over and what may go again goes again. */
  async standStill(world) {
    await jumpAll(world, 130);
    await expireLeases(world.database, 100);
    await jumpAll(world, 65);
    enqueue(world, await takeResends(world.database, 100));
    await releaseInto(world, world.lineIds);
  },
} as const satisfies Record<string, (world: World, choice: Choice) => Promise<void>>;

/** In seconds, ahead and back. Past leases, grace periods, pauses; rarely past the whole validity. */
const jumps = [1, 1, 2, 3, 6, 6, 10, 20, 50, 65, 65, 130, 130, 3_600, -5, -70, -3_600];

/** An unknown one, when there is one: an operator has a list of those. */
async function messageForHand(
  { database, customerId, messages }: World,
  dice: number,
): Promise<SentMessage | undefined> {
  const unknown = await database.query<{ id: string }>(
    "SELECT cdls_id AS id FROM delivery WHERE state = 'unknown' AND cdcs_id = $1::bigint ORDER BY cdls_id",
    [customerId],
  );
  const ids = unknown.length > 0 ? unknown.map(({ id }) => id) : [...messages.keys()];
  return ids.length === 0 ? undefined : messages.get(pick(ids, dice));
}
