import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  actionsIn,
  campaignMoves,
  campaignStates,
  readCounts,
  recipientStates,
  resumeScopesIn,
  statesBefore,
} from './campaign-state.ts';
import { campaignStateTable } from './campaign-state-table.ts';

const architecture = new URL('../../../docs/architecture.md', import.meta.url);

it('leads from a draft to every state, and nothing leads out of canceled', () => {
  const reachable = new Set<string>(['draft']);
  for (const _ of campaignStates) {
    for (const state of campaignStates) {
      if (reachable.has(state)) for (const { to } of campaignMoves[state]) reachable.add(to);
    }
  }
  expect([...reachable].sort()).toEqual([...campaignStates].sort());
  expect(campaignMoves.canceled).toEqual([]);
});

it('can be canceled until it has ended', () => {
  expect(statesBefore('cancel')).toEqual(['draft', 'scheduled', 'running', 'paused', 'stopped', 'finishing']);
});

it('offers in each state what may be done there', () => {
  expect(Object.fromEntries(campaignStates.map((state) => [state, actionsIn(state)]))).toEqual({
    draft: ['start', 'cancel'],
    scheduled: ['start', 'pause', 'cancel'],
    running: ['pause', 'cancel'],
    paused: ['resume', 'cancel'],
    stopped: ['resume', 'cancel'],
    finishing: ['pause', 'cancel'],
    finished: ['resume'],
    canceled: [],
  });
  expect(resumeScopesIn('paused')).toEqual(['pending', 'failed', 'unknown']);
  expect(resumeScopesIn('finished')).toEqual(['failed', 'unknown']);
  expect(resumeScopesIn('running')).toEqual([]);
});

it('counts every state, also one with nobody in it', () => {
  const counts = readCounts(new Map([['sent', 3]]));
  expect(Object.keys(counts)).toEqual([...recipientStates]);
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(3);
});

it.skipIf(!existsSync(architecture))('stands in docs/architecture.md word for word', () => {
  expect(readFileSync(architecture, 'utf8')).toContain(campaignStateTable());
});
