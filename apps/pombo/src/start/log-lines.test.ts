import { expect, test } from 'vitest';
import { readable } from './log-lines.ts';

test('an entry of pino becomes a line for people', () => {
  const line =
    '{"level":40,"time":"2026-11-22T12:00:01.123Z","pid":1,"name":"api","msg":"slow","took":12,"why":"disk"}';
  expect(readable(line)).toBe('12:00:01 WARN  slow took=12 why=disk');
});

test.each(['listening', '{"no":"level"}', '{broken', '{"level":'])('%s stays as it is', (line) => {
  expect(readable(line)).toBe(line);
});
