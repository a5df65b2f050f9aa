import { expect, it } from 'vitest';
import { holdOf } from './campaign-hold.ts';

const always = { timeZone: 'UTC', timeStart: null, timeEnd: null, dateStart: null, dateEnd: null };
const running = { ...always, state: 'running', isWithinHours: true, mediaTrouble: null } as const;
const open = { word: 'open', sentence: 'It may send, and nothing slows it.' } as const;

it('is nothing while it sends', () => {
  expect(holdOf(running, open)).toBeNull();
  expect(holdOf(running, { word: 'slowed', sentence: 'It sends at 50 % of its pace.' })).toBeNull();
});

it('is its hours', () => {
  const daily = {
    ...running,
    isWithinHours: false,
    timeZone: 'America/Sao_Paulo',
    timeStart: '09:00',
    timeEnd: '20:00',
  };
  expect(holdOf(daily, open)).toBe('outside its hours: 09:00 to 20:00 (America/Sao_Paulo)');
  const inMay = { ...daily, dateStart: '2026-05-01', dateEnd: '2026-05-31' };
  expect(holdOf(inMay, open)).toBe(
    'outside its hours: 09:00 to 20:00, from 2026-05-01, until 2026-05-31 (America/Sao_Paulo)',
  );
});

it.each(['inactive', 'paused', 'parked', 'closed', 'blocked'] as const)('is its line where that is %s', (word) => {
  expect(holdOf({ ...running, state: 'finishing' }, { word, sentence: 'Why.' })).toBe('its line does not send. Why.');
});

it('is media that is not uploaded yet', () => {
  expect(holdOf({ ...running, mediaTrouble: '' }, open)).toBe('its media is not uploaded yet');
  expect(holdOf({ ...running, mediaTrouble: 'too fast' }, open)).toBe('its media is not uploaded yet: too fast');
  expect(holdOf({ ...running, state: 'finishing', mediaTrouble: '' }, open)).toBeNull();
});

it('is nothing where it is not to send', () => {
  for (const state of ['draft', 'scheduled', 'paused', 'stopped', 'finished', 'canceled'] as const) {
    expect(holdOf({ ...running, state, isWithinHours: false }, { word: 'parked', sentence: 'Why.' })).toBeNull();
  }
});
