import { describe, expect, it } from 'vitest';
import { type Message, openSimulatedHouse, stepMs } from './house.ts';

const pace = 40;

function houseOf(lines: number, perSecond = 1_000) {
  const turns: { message: Message; at: number }[] = [];
  const house = openSimulatedHouse({
    paces: new Float64Array(lines).fill(pace),
    perSecond,
    slots: { now: 100, bulk: 400 },
    graphMs: () => 80,
    lookMs: () => 5,
    onTurn: (message, at) => turns.push({ message, at }),
  });
  const goOn = (seconds: number) => {
    for (let steps = (seconds * 1000) / stepMs; steps > 0; steps -= 1) house.step();
  };
  return { house, turns, goOn };
}

describe('a simulated house', () => {
  it('gives every message one turn, and none faster than its line may go', () => {
    const { house, turns, goOn } = houseOf(3);
    house.startCampaign(0, 200);
    house.startCampaign(0, 100);
    for (let n = 0; n < 50; n += 1) house.accept(1);
    for (let n = 0; n < 10; n += 1) house.acceptSynchronous(2);
    goOn(20);

    const byLine = Map.groupBy(turns, ({ message }) => message.line);
    expect([0, 1, 2].map((line) => byLine.get(line)?.length)).toEqual([300, 50, 10]);
    const times = (byLine.get(0) ?? []).map(({ at }) => at).sort((a, b) => a - b);
    const inSecondAfter = times.map((from) => times.filter((at) => at >= from && at < from + 1000).length);
    expect(Math.max(...inSecondAfter)).toBeLessThanOrEqual(pace + 2);
    expect(house.withBacklog.size).toBe(0);
  });

  it('serves who waits for an answer first, and single messages before the rest of a campaign', () => {
    const { house, turns, goOn } = houseOf(1);
    house.startCampaign(0, 10_000);
    goOn(5);
    const since = turns.length;
    house.accept(0);
    house.acceptSynchronous(0);
    goOn(5);
    const after = turns.slice(since);
    expect(after.findIndex(({ message }) => message.lane === 'now')).toBeLessThan(5);
    const single = after.find(({ message }) => message.lane === 'bulk' && message.campaign === null);
    expect((single?.at ?? Infinity) - 5_000).toBeLessThan(3_000);
  });

  it('shares what the workers can do evenly among more lines than one look takes', () => {
    const { house, turns, goOn } = houseOf(300, 600);
    for (let line = 0; line < 300; line += 1) house.startCampaign(line, 10_000);
    goOn(30);
    const byLine = Map.groupBy(turns, ({ message }) => message.line);
    const counts = [...byLine.values()].map(({ length }) => length);
    expect(byLine.size).toBe(300);
    expect(Math.min(...counts)).toBeGreaterThan((0.5 * turns.length) / 300);
    expect(turns.length).toBeGreaterThan(0.8 * 600 * 30);
  });
});
