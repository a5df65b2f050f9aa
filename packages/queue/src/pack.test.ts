import { describe, expect, it } from 'vitest';
import { notesIn, packDataOf, packIdOf, packsOf } from './pack.ts';

const notes = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => ({ messageId: String(from + n), release: 1 }));

describe('packsOf', () => {
  it('keeps the order and fills each pack before the next', () => {
    const packs = packsOf(notes(1, 40));
    expect(packs.map((pack) => pack.notes.length)).toEqual([16, 16, 8]);
    expect(packs.flatMap((pack) => pack.notes)).toEqual(notes(1, 40));
    expect(packs.every(({ afterMs }) => afterMs === 0)).toBe(true);
  });

  it('puts together what goes at about the same time, and lets nobody wait for another', () => {
    const times = [0, 500, 0, 507, 40, 0.5, 495];
    const packs = packsOf(times.map((afterMs, n) => ({ messageId: String(n), release: 1, afterMs })));
    expect(packs.map((pack) => pack.notes.map(({ messageId }) => times[Number(messageId)]))).toEqual([
      [0, 0],
      [500, 495],
      [507],
      [40],
      [0.5],
    ]);
    expect(packs.map(({ afterMs }) => afterMs)).toEqual([0, 495, 507, 40, 0.5]);
  });

  it('makes nothing of nothing', () => {
    expect(packsOf([])).toEqual([]);
  });
});

it('names a note alone by itself, and a pack by all of its notes', () => {
  expect(packIdOf(notes(7, 7))).toBe('m-7-1');
  expect(packIdOf(notes(7, 9))).toMatch(/^m-7-1-3-[0-9a-f]{12}$/);
  expect(packIdOf(notes(7, 9))).toBe(packIdOf(notes(7, 9)));
  expect(packIdOf([...notes(7, 8), ...notes(10, 10)])).not.toBe(packIdOf(notes(7, 9)));
  expect(() => packIdOf([])).toThrow('without a note');
});

it('carries ids and gives them back', () => {
  const all = [{ messageId: '987654321012', release: 3 }, ...notes(1, 2)];
  expect(packDataOf(all)).toEqual({ notes: ['987654321012-3', '1-1', '2-1'] });
  expect(notesIn(packDataOf(all))).toEqual(all);
});
