import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openHeartbeat } from './heartbeat.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function open(sayAlive: () => Promise<unknown>) {
  const said: string[] = [];
  const heartbeat = openHeartbeat({
    sayAlive: async () => {
      said.push('alive');
      await sayAlive();
    },
    sayGone: async () => {
      said.push('gone');
    },
    logger: { info: () => said.push('heard again'), warn: () => said.push('not heard') },
  });
  return { said, heartbeat };
}

async function tick(): Promise<void> {
  await vi.advanceTimersByTimeAsync(5_000);
}

describe('a heartbeat', () => {
  it('is said at once, every five seconds, and once more at the end', async () => {
    const { said, heartbeat } = open(async () => {});
    expect(said).toEqual(['alive']);
    await tick();
    await heartbeat.close();
    await tick();
    expect(said).toEqual(['alive', 'alive', 'gone']);
  });

  it('that cannot be told harms nobody, and is complained about once until it can', async () => {
    let isUp = false;
    const { said, heartbeat } = open(() => (isUp ? Promise.resolve() : Promise.reject(new Error('away'))));
    await tick();
    await tick();
    isUp = true;
    await tick();
    await tick();
    await heartbeat.close();
    expect(said).toEqual(['alive', 'not heard', 'alive', 'alive', 'alive', 'heard again', 'alive', 'gone']);
  });

  it('that throws before it begins harms nobody either', async () => {
    const { said, heartbeat } = open(() => {
      throw new Error('broken');
    });
    await tick();
    await heartbeat.close();
    expect(said).toEqual(['alive', 'not heard', 'alive', 'gone']);
  });

  it('is not said twice at once when the database is slow', async () => {
    let answer = () => {};
    const { said, heartbeat } = open(
      () =>
        new Promise<void>((resolve) => {
          answer = resolve;
        }),
    );
    await tick();
    await tick();
    expect(said).toEqual(['alive']);
    answer();
    await heartbeat.close();
  });
});
