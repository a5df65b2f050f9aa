import type { MessageOutcome } from '@pombo/db/outcomes.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openWaitingRoom } from './waiting-room.ts';

const ok: MessageOutcome = { status: 'OK', returnCode: 200, returnId: 'm_1' };
const pending: MessageOutcome = { status: 'PENDING', returnCode: null, returnId: null };

function openHouse(maxPlaces = 10) {
  const rows = new Map<string, MessageOutcome>();
  const questions: string[][] = [];
  const state = { answers: true };
  const room = openWaitingRoom({
    maxPlaces,
    readOutcomes: async (ids) => {
      questions.push([...ids]);
      if (!state.answers) throw new Error('away');
      return new Map([...rows].filter(([id]) => ids.includes(id)));
    },
  });
  const take = (id: string) => {
    const place = room.expect(id);
    if (!place) throw new Error('the room is full');
    return place;
  };
  return { rows, questions, state, room, take };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

const rowsOf = (...messageIds: string[]) => messageIds.map((messageId) => ({ messageId, outcome: null }));

it('reads the row of what was announced, once for all that were', async () => {
  const { rows, questions, room, take } = openHouse();
  const answers = ['1', '2'].map((id) => take(id).outcome(5000));
  rows.set('1', ok).set('2', ok);
  room.announced(rowsOf('1'));
  room.announced(rowsOf('2', '99'));
  expect(await Promise.all(answers)).toEqual([ok, ok]);
  expect(questions).toEqual([['1', '2']]);
});

it('believes an announcement that says what became of the message, and asks nobody', async () => {
  const { questions, room, take } = openHouse();
  const answer = take('1').outcome(5000);
  room.announced([{ messageId: '1', outcome: { status: 'ERROR', returnCode: 400, returnId: null } }]);
  expect(await answer).toEqual({ status: 'ERROR', returnCode: 400, returnId: null });
  expect(questions).toEqual([]);
});

it('hears what was announced before anybody waited', async () => {
  const { rows, room, take } = openHouse();
  const place = take('1');
  rows.set('1', ok);
  room.announced(rowsOf('1'));
  await turn();
  expect(await place.outcome(5000)).toEqual(ok);
});

it('asks for everybody once a second, because announcements get lost', async () => {
  const { rows, questions, take } = openHouse();
  const answers = ['1', '2', '3'].map((id) => take(id).outcome(5000));
  for (const id of ['1', '2', '3']) rows.set(id, ok);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await Promise.all(answers)).toEqual([ok, ok, ok]);
  expect(questions).toEqual([['1', '2', '3']]);
});

it('looks once more when the time is up, and answers although nobody can say', async () => {
  const { rows, state, take } = openHouse();
  rows.set('1', pending);
  const last = take('1').outcome(500);
  await vi.advanceTimersByTimeAsync(499);
  rows.set('1', ok);
  await vi.advanceTimersByTimeAsync(1);
  expect(await last).toEqual(ok);
  state.answers = false;
  const never = take('2').outcome(500);
  await vi.advanceTimersByTimeAsync(1500);
  expect(await never).toBeNull();
});

it('has so many places, and gives back each one once', async () => {
  const { room, take } = openHouse(2);
  const [first] = [take('1'), take('1')];
  expect(room.expect('2')).toBeNull();
  first?.leave();
  first?.leave();
  expect(room.places()).toEqual({ taken: 1, free: 1 });
});

it('ends the wait of who leaves, and of all when it closes', async () => {
  const { room, take } = openHouse();
  const place = take('1');
  const gone = place.outcome(5000);
  place.leave();
  expect(await gone).toBeNull();
  const late = take('2').outcome(60_000);
  const closed = room.close(1000);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await late).toBeNull();
  await closed;
});
