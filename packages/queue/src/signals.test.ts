import { expect, test } from 'vitest';
import { payloadsOf, signalsOver, type Wire } from './signals.ts';

function recordingWire() {
  const batches: { channel: string; payload: string }[][] = [];
  const wire: Wire = {
    maxPayloadBytes: 20,
    send: async (messages) => {
      batches.push([...messages]);
    },
    listen: async () => async () => {},
    close: async () => {},
  };
  return { wire, batches };
}

test('payloads keep every id, in order, and none is longer than allowed', () => {
  const ids = Array.from({ length: 1_000 }, (_, n) => String(10 ** (n % 15)));
  const payloads = payloadsOf(ids, 64);
  expect(payloads.flatMap((payload) => payload.split(','))).toEqual(ids);
  expect(Math.max(...payloads.map((payload) => Buffer.byteLength(payload)))).toBeLessThanOrEqual(64);
  expect(payloads.length).toBeLessThan(200);
});

test('an exact fit is one payload, one byte more is two', () => {
  expect(payloadsOf(['123', '456'], 7)).toEqual(['123,456']);
  expect(payloadsOf(['123', '4567'], 7)).toEqual(['123', '4567']);
  expect(payloadsOf([], 7)).toEqual([]);
  expect(payloadsOf([''], 7)).toEqual(['']);
});

const rowsOf = (...messageIds: string[]) => messageIds.map((messageId) => ({ messageId, outcome: null }));

test('what comes up together travels together, once', async () => {
  const { wire, batches } = recordingWire();
  const signals = signalsOver(wire, () => {});
  await Promise.all([
    signals.announce('api-1', rowsOf('1', '2')),
    signals.announce('api-2', rowsOf('9')),
    signals.announce('api-1', rowsOf('2', '3')),
    signals.hurry(),
    signals.hurry(),
    signals.ring([]),
  ]);
  expect(batches).toEqual([
    [
      { channel: 'a_api-1', payload: '1,2,3' },
      { channel: 'a_api-2', payload: '9' },
      { channel: 'hurry', payload: '' },
    ],
  ]);
});

test('the first ring goes at once, and those that follow closely travel together', async () => {
  const { wire, batches } = recordingWire();
  let at = 0;
  const signals = signalsOver(
    wire,
    () => {},
    () => at,
  );
  await signals.ring(['1']);
  at = 5;
  const close = [signals.ring(['1']), signals.ring(['2'])];
  await signals.announce('api-1', rowsOf('9'));
  await Promise.all(close);
  at = 60;
  await signals.ring(['3']);
  expect(batches.flat()).toEqual([
    { channel: 'ring', payload: '1' },
    { channel: 'a_api-1', payload: '9' },
    { channel: 'ring', payload: '1,2' },
    { channel: 'ring', payload: '3' },
  ]);
});

test('a wire that is down is reported, and sending does not reject', async () => {
  const { wire } = recordingWire();
  const reported: unknown[] = [];
  const broken: Wire = { ...wire, send: () => Promise.reject(new Error('down')) };
  await signalsOver(broken, (_, error) => reported.push(error)).hurry();
  expect(reported).toHaveLength(1);
});

test('a process id that a channel cannot carry is refused', async () => {
  const { wire } = recordingWire();
  const signals = signalsOver(wire, () => {});
  await expect(signals.onAnnounced('a'.repeat(49), () => {})).rejects.toThrow(TypeError);
  await expect(signals.announce('a b', rowsOf('1'))).rejects.toThrow(TypeError);
});
