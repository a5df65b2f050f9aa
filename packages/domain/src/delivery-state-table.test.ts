import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { deliveryStates, movers, moves } from './delivery-state.ts';
import { deliveryStateTable } from './delivery-state-table.ts';

const architecture = new URL('../../../docs/architecture.md', import.meta.url);
const all = Object.entries(moves).flatMap(([from, leaving]) => leaving.map((move) => ({ from, ...move })));

it('leads from the beginning to every state, and from every state to an end', () => {
  const reachable = new Set<string>(['new']);
  const ending = new Set<string>(['OK', 'ERROR', 'CANCELED']);
  for (const _ of all) {
    for (const { from, to } of all) {
      if (reachable.has(from)) reachable.add(to);
      if (ending.has(to)) ending.add(from);
    }
  }
  const everything = ['new', ...deliveryStates, 'OK', 'ERROR', 'CANCELED'].sort();
  expect([...reachable].sort()).toEqual(everything);
  expect([...ending].sort()).toEqual(everything);
});

it('names every move once, and has work for every mover', () => {
  const names = all.map(({ from, to, by }) => `${from} ${to} ${by}`);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(all.map(({ by }) => by))).toEqual(new Set(Object.keys(movers)));
});

it.skipIf(!existsSync(architecture))('stands in docs/architecture.md word for word', () => {
  expect(readFileSync(architecture, 'utf8')).toContain(deliveryStateTable());
});
