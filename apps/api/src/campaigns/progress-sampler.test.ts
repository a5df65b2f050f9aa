import type { CampaignSample } from '@pombo/db/campaign-sample.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createProgressSampler } from './progress-sampler.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function sampler(read: (ids: readonly string[]) => Promise<Map<string, CampaignSample>>) {
  const troubles: unknown[] = [];
  return {
    troubles,
    ...createProgressSampler({
      read,
      everyMs: 1000,
      beforeTelling: async () => {},
      onTrouble: (error) => troubles.push(error),
    }),
  };
}

const sample = { standing: { state: 'running' } } as CampaignSample;

it('asks one question for everybody, only while anybody watches', async () => {
  const asked: (readonly string[])[] = [];
  const { watch } = sampler(async (ids) => {
    asked.push(ids);
    return new Map([['1', sample]]);
  });
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toEqual([]);
  const told: [string, CampaignSample | null][] = [];
  const stops = [
    watch('1', (seen) => told.push(['a', seen])),
    watch('1', (seen) => told.push(['b', seen])),
    watch('2', (seen) => told.push(['c', seen])),
  ];
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toEqual([['1', '2']]);
  expect(told).toEqual([
    ['a', sample],
    ['b', sample],
    ['c', null],
  ]);
  stops[0]?.();
  stops[2]?.();
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked.at(-1)).toEqual(['1']);
  stops[1]?.();
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toHaveLength(2);
  watch('3', () => {});
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked.at(-1)).toEqual(['3']);
});

it('goes on after a question that failed, and asks one at a time', async () => {
  const answers: ReturnType<typeof Promise.withResolvers<Map<string, CampaignSample>>>[] = [];
  const { watch, troubles } = sampler(() => {
    const answer = Promise.withResolvers<Map<string, CampaignSample>>();
    answers.push(answer);
    return answer.promise;
  });
  const told: unknown[] = [];
  watch('1', (seen) => told.push(seen));
  await vi.advanceTimersByTimeAsync(5000);
  expect(answers).toHaveLength(1);
  answers[0]?.reject(new Error('away'));
  await vi.advanceTimersByTimeAsync(1000);
  expect([troubles.length, answers.length]).toEqual([1, 2]);
  answers[1]?.resolve(new Map([['1', sample]]));
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual([sample]);
});
