import { openAccept } from '@pombo/db/accept.ts';
import { cancelMessage } from '@pombo/db/cancel.ts';
import { type ClaimResult, openClaim } from '@pombo/db/claim.ts';
import { createCustomer } from '@pombo/db/customers.ts';
import type { Database } from '@pombo/db/database.ts';
import { settleByEvidence } from '@pombo/db/evidence.ts';
import { createLine, pauseLine, resumeLine, setLineToken } from '@pombo/db/lines.ts';
import type { Prisma } from '@pombo/db/prisma.ts';
import { releaseLines } from '@pombo/db/release.ts';
import { openSeal } from '@pombo/db/seal.ts';
import { openSettle } from '@pombo/db/settle.ts';
import { type HandSettlement, settleByHand } from '@pombo/db/settle-by-hand.ts';
import { endExpired, expireLeases, takeOverdue, takeResends } from '@pombo/db/sweep.ts';
import { newMessage } from '../new-message.ts';
import { settleFor } from './answers.ts';
import { jump } from './clock.ts';
import { type Call, complaintAbout, fates, type SentMessage, wasDelivered } from './model.ts';

/** Numbers a random run brings along; each action takes from them what it has to choose. */
export interface Choice {
  a: number;
  b: number;
  c: number;
}

interface Note {
  messageId: string;
  release: number;
}

export interface World {
  readonly customerId: string;
  readonly lineIds: readonly string[];
  readonly messages: ReadonlyMap<string, SentMessage>;
  /** What went wrong so far. */
  readonly complaints: string[];
  accept(choice: Choice): Promise<void>;
  release(choice: Choice): Promise<void>;
  claim(choice: Choice): Promise<void>;
  answer(choice: Choice): Promise<void>;
  crash(choice: Choice): Promise<void>;
  loseQueue(): Promise<void>;
  sweep(choice: Choice): Promise<void>;
  cancel(choice: Choice): Promise<void>;
  byHand(choice: Choice): Promise<void>;
  evidence(choice: Choice): Promise<void>;
  line(choice: Choice): Promise<void>;
  time(choice: Choice): Promise<void>;
  /** One round of a world where nothing goes wrong any more; half a minute passes. */
  calmRound(): Promise<void>;
  /** What crashed stays crashed, what is paused or parked is resumed, and the queue is empty. */
  calmDown(): Promise<void>;
}

const seal = openSeal([Buffer.alloc(32, 7)]);
const jumps = [1, 1, 2, 3, 6, 6, 10, 20, 50, 65, 65, 130, 130, 3_600, -5, -70, -3_600];
const validities = [86_400, 86_400, 86_400, 86_400, 86_400, 1_800, 600, 30];

/** A customer with three lines and three recipients, three workers, and a queue that is a list. The database is real. */
export async function openWorld(database: Database, prisma: Prisma): Promise<World> {
  const { drawId, accept } = openAccept(database, () => {});
  const settle = openSettle(database);
  const workers = ['w1', 'w2', 'w3'].map((name) => openClaim(database, name));
  const customerId = await createCustomer(prisma, 'world');
  const lineIds: string[] = [];
  for (const { pace, appId } of [
    { pace: 0, appId: `a${customerId}` },
    { pace: 5, appId: `a${customerId}` },
    { pace: 0, appId: null },
  ]) {
    const line = await createLine(prisma, seal, { ...lineOf(customerId), pace, appId });
    if (line.kind === 'created') lineIds.push(line.lineId);
  }
  const messages = new Map<string, SentMessage>();
  const keyOwners = new Map<string, Set<string>>();
  const complaints: string[] = [];
  let notes: Note[] = [];
  let underWay: Call[] = [];
  const clock = { at: 0, highest: 0 };

  const complain = (what: string) => complaints.push(what);
  const pick = <T>(from: readonly T[], dice: number): T | undefined => from[dice % Math.max(1, from.length)];
  const anyMessage = (dice: number) => pick([...messages.values()], dice);

  async function askForTurn(worker: (note: Note) => Promise<ClaimResult>, note: Note, dice: number): Promise<void> {
    const result = await worker(note);
    if (result.kind === 'wait') notes.push(note);
    if (result.kind !== 'go') return;
    const message = messages.get(result.messageId);
    if (!message) return void complain(`a turn for nobody: ${result.messageId}`);
    const complaint = complaintAbout(message, message.calls);
    if (complaint !== null) complain(complaint);
    const call: Call = { open: result, release: note.release, fate: fates[dice % fates.length] ?? 'sent', told: false };
    message.calls.push(call);
    underWay.push(call);
  }

  async function tell(call: Call, dice: number): Promise<void> {
    call.told = true;
    const row = settleFor(call.open, call.fate, dice);
    const { applied } = await settle(row);
    if (applied && row.step === 'again') notes.push({ messageId: row.messageId, release: call.release });
    if (row.step === 'OK' && !applied) await mustHaveEnded(row.messageId);
  }

  async function mustHaveEnded(messageId: string): Promise<void> {
    const rows = await database.query('SELECT 1 FROM delivery WHERE cdls_id = $1::bigint', [messageId]);
    if (rows.length > 0) complain(`message ${messageId} goes on although a call of it is known to have arrived`);
  }

  async function acceptOne({ a, b, c }: Choice): Promise<void> {
    const messageId = await drawId();
    const lane = a % 2 === 0 ? 'now' : 'bulk';
    const onUnknown = b % 3 === 0 ? 'resend' : 'hold';
    const lineId = pick(lineIds, b) ?? '';
    const dest = `p${c % 3}`;
    const key = a % 5 === 0 ? `k${b % 3}` : null;
    messages.set(messageId, { messageId, lineId, dest, onUnknown, calls: [], sendAgains: 0, saidByHand: null });
    const result = await accept(
      newMessage(messageId, {
        customerId,
        lineId,
        dest,
        lane,
        onUnknown,
        type: pick(['text', 'image', 'audio', 'video'] as const, c) ?? 'text',
        validityMs: (pick(validities, a + b) ?? 0) * 1_000,
        idempotency: key === null ? null : { key, fingerprint: Buffer.from([c % 2]) },
        duplicateWindow: c % 5 === 0 ? { digest: Buffer.from(dest), seconds: 60 } : null,
      }),
    );
    if (result.kind === 'accepted') {
      if (key !== null) keyOwners.set(key, (keyOwners.get(key) ?? new Set()).add(messageId));
      if (lane === 'now' && c % 4 !== 0) notes.push({ messageId, release: 1 });
    } else messages.delete(messageId);
    if (result.kind === 'unavailable' || result.kind === 'fate_unknown') complain(`accept: ${result.kind}`);
    const owners = key === null ? 0 : (keyOwners.get(key)?.size ?? 0);
    if (owners > 1) complain(`key ${key} was accepted ${owners} times`);
    if (result.kind === 'replay' && !keyOwners.get(key ?? '')?.has(result.messageId) && !messages.has(result.messageId))
      complain(`a replay of ${result.messageId}, which nobody sent`);
  }

  const world: World = {
    customerId,
    lineIds,
    messages,
    complaints,

    async accept({ a, b, c }) {
      await Promise.all(Array.from({ length: 1 + (a % 3) }, (_, n) => acceptOne({ a: a + n, b: b + n, c: c + 2 * n })));
    },

    async release({ a }) {
      notes.push(...(await releaseSome(database, [pick(lineIds, a) ?? ''])));
    },

    async claim({ a, b, c }) {
      const from = notes.splice(b % Math.max(1, notes.length), 1 + (a % 4));
      // A queue may hand the same note to two workers.
      if (c % 5 === 0) notes.push(...from);
      const worker = pick(workers, a);
      if (worker) await Promise.all(from.map((note, index) => askForTurn(worker, note, c + index)));
    },

    async answer({ a, b, c }) {
      const calls = underWay.splice(a % Math.max(1, underWay.length), 1 + (b % 3));
      await Promise.all(calls.map((call) => tell(call, c)));
    },

    async crash({ a }) {
      underWay.splice(a % Math.max(1, underWay.length), 1);
    },

    async loseQueue() {
      notes = [];
    },

    async sweep({ a }) {
      if (a % 5 === 0) notes.push(...(await takeOverdue(database, 'now', 100)));
      if (a % 5 === 1) notes.push(...(await takeOverdue(database, 'bulk', 100)));
      if (a % 5 === 2) await expireLeases(database, 100);
      if (a % 5 === 3) await endExpired(database, 100);
      if (a % 5 === 4) notes.push(...(await takeResends(database, 100)));
    },

    async cancel({ a }) {
      const message = anyMessage(a);
      if (message && (await cancelMessage(database, customerId, message.messageId)) === 'not_found')
        complain(`cancel does not find ${message.messageId}`);
    },

    async byHand({ a, b }) {
      const unknown = await database.query<{ id: string }>(
        "SELECT cdls_id AS id FROM delivery WHERE state = 'unknown' AND cdcs_id = $1::bigint ORDER BY cdls_id",
        [customerId],
      );
      const message = messages.get(pick(unknown, a)?.id ?? '') ?? anyMessage(a);
      if (!message) return;
      const word = pick<HandSettlement>(
        [{ kind: 'sent', returnId: 'm_hand' }, { kind: 'not_sent' }, { kind: 'send_again' }],
        b,
      );
      if (!word) return;
      if (word.kind === 'send_again') message.sendAgains += 1;
      const settled = await settleByHand(database, message.messageId, word);
      if (word.kind === 'send_again' && settled !== 'done') message.sendAgains -= 1;
      if (word.kind !== 'send_again' && settled === 'done') message.saidByHand = word.kind;
    },

    async evidence({ a, b }) {
      const call = pick(
        [...messages.values()].flatMap(({ calls }) => calls.filter(wasDelivered)),
        a,
      );
      if (!call) return;
      const { messageId, attempt } = call.open;
      const source = b % 2 === 0 ? 'echo' : 'read_back';
      const verdict = await settleByEvidence(database, { messageId, attempt, metaMessageId: 'm_seen', source });
      if (verdict === 'not_found') complain(`evidence does not find ${messageId}/${attempt}`);
      await mustHaveEnded(messageId);
    },

    async line({ a, b, c }) {
      const lineId = pick(lineIds, b) ?? '';
      if (a % 6 === 0) await pauseLine(prisma, lineId);
      else if (a % 6 === 1) await setLineToken(prisma, seal, lineId, `token ${c}`);
      else await resumeLine(prisma, lineId);
    },

    async time({ a }) {
      const seconds = pick(jumps, a) ?? 1;
      clock.at += seconds;
      clock.highest = Math.max(clock.highest, clock.at);
      await jump(database, lineIds, seconds);
    },

    async calmDown() {
      notes = [];
      // Some thaw and tell what they know, the rest never comes back.
      await Promise.all(underWay.filter((_, index) => index % 2 === 0).map((call) => tell(call, 1)));
      underWay = [];
      // A clock that was set back comes to where it had been.
      await jump(database, lineIds, clock.highest - clock.at);
      for (const lineId of lineIds) await resumeLine(prisma, lineId);
    },

    async calmRound() {
      await jump(database, lineIds, 30);
      await expireLeases(database, 1_000);
      await endExpired(database, 1_000);
      notes.push(...(await takeResends(database, 1_000)));
      notes.push(...(await takeOverdue(database, 'now', 1_000)), ...(await takeOverdue(database, 'bulk', 1_000)));
      notes.push(...(await releaseSome(database, lineIds)));
      const asked = notes;
      notes = [];
      const [worker] = workers;
      // Fate 0 is `sent`.
      if (worker) await Promise.all(asked.map((note) => askForTurn(worker, note, 0)));
      const calls = underWay;
      underWay = [];
      await Promise.all(calls.map((call) => tell(call, 1)));
    },
  };
  return world;
}

async function releaseSome(database: Database, lineIds: readonly string[]): Promise<Note[]> {
  const { notes } = await releaseLines(database, lineIds);
  return notes;
}

function lineOf(customerId: string) {
  return { customerId, lineId: null, class: 'messenger', name: '', pageId: '1', pageToken: 'token', appSecret: null };
}
