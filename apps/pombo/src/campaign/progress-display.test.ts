import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Progress } from './progress.ts';
import { progressDisplay } from './progress-display.ts';

const none = {
  waiting: 0,
  queued: 0,
  sending: 0,
  sent: 0,
  failed: 0,
  unknown: 0,
  invalid: 0,
  excluded: 0,
  canceled: 0,
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watching() {
  const lines: string[] = [];
  const terminal = {
    out: (line: string) => void lines.push(line),
    err: () => {},
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    prompt: () => {},
    onInterrupt: () => {},
  };
  return { lines, display: progressDisplay(terminal) };
}

function at(sent: number, state: Progress['state'] = 'running'): Progress {
  const counts = { ...none, sent, waiting: 100 - sent };
  return { state, because: null, recipients: 100, counts, rate_now: 1, eta: null };
}

test('a pipe gets a line every five seconds at most, with the newest numbers', () => {
  const { lines, display } = watching();
  for (let sent = 1; sent <= 11; sent += 1) {
    display.show(at(sent));
    vi.advanceTimersByTime(1_000);
  }
  expect(lines.map((line) => line.match(/sent (\d+)/)?.[1])).toEqual(['1', '5', '10']);
  vi.advanceTimersByTime(10_000);
  expect(lines.at(-1)).toContain('sent 11');
  vi.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(4);
});

test('a change of state is said at once, and nothing is kept back at the end', () => {
  const { lines, display } = watching();
  display.show(at(1));
  display.show(at(2, 'paused'));
  display.show(at(3, 'paused'));
  display.close();
  expect(lines.map((line) => line.split('  ')[1])).toEqual(['running', 'paused', 'paused']);
  vi.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(3);
});
