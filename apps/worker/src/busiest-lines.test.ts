import { expect, it } from 'vitest';
import { createBusiestLines } from './busiest-lines.ts';

function use(busiest: ReturnType<typeof createBusiestLines>, lineId: string, times: number): string {
  let name = '';
  for (let time = 0; time < times; time += 1) name = busiest.nameOf(lineId);
  return name;
}

it('names everybody while there are names left, and the others together', () => {
  const busiest = createBusiestLines(2);
  expect(['1', '2', '3', '1'].map(busiest.nameOf)).toEqual(['1', '2', 'other', '1']);
});

it('prefers lines on which something waits, then lines that are used', () => {
  const busiest = createBusiestLines(2);
  use(busiest, '1', 5);
  use(busiest, '2', 1);
  use(busiest, '3', 11);
  expect(busiest.choose(['4'])).toEqual(['1', '2']);
  expect(['4', '3', '1'].map(busiest.nameOf)).toEqual(['4', '3', 'other']);
});

it('lets a name go only for a line that is used twice as much', () => {
  const busiest = createBusiestLines(1);
  use(busiest, '1', 10);
  use(busiest, '2', 19);
  expect(busiest.choose([])).toEqual([]);
  use(busiest, '2', 20);
  expect(busiest.choose([])).toEqual(['1']);
});

it('never names more than it may, and forgets who is not used any more', () => {
  const busiest = createBusiestLines(3);
  for (let line = 0; line < 1000; line += 1) busiest.nameOf(`${line}`);
  for (let round = 0; round < 9; round += 1) busiest.choose([]);
  const names = new Set(Array.from({ length: 1000 }, (_, line) => busiest.nameOf(`${line}`)));
  expect(names.size).toBe(4);
  expect(busiest.choose(['7', '8', '9', '10'])).toHaveLength(3);
});
