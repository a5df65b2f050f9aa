import { describe, expect, it } from 'vitest';
import { goalInWords, ratioOf, short, verdictOf } from './figure.ts';

const alone = { referenceValue: null };

describe('a figure', () => {
  it('meets its goal at the limit and misses it beyond', () => {
    expect(verdictOf({ ...alone, value: 43, goal: { atMost: 43 } })).toBe('met');
    expect(verdictOf({ ...alone, value: 44, goal: { atMost: 43 } })).toBe('MISSED');
    expect(verdictOf({ ...alone, value: 95.9, goal: { atLeast: 96, atMost: 100 } })).toBe('MISSED');
    expect(verdictOf({ ...alone, value: 96, goal: { atLeast: 96, atMost: 100 } })).toBe('met');
  });

  it('may be promised as so many times its reference', () => {
    const goal = { ratioAtLeast: 4.5 };
    expect(verdictOf({ value: 9_000, referenceValue: 2_000, goal })).toBe('met');
    expect(verdictOf({ value: 8_999, referenceValue: 2_000, goal })).toBe('MISSED');
    expect(verdictOf({ value: 0.35, referenceValue: 1, goal: { ratioAtMost: 0.35 } })).toBe('met');
    expect(verdictOf({ value: 0.36, referenceValue: 1, goal: { ratioAtMost: 0.35 } })).toBe('MISSED');
  });

  it('must meet both when both are promised', () => {
    const goal = { atMost: 50, ratioAtMost: 0.05 };
    expect(verdictOf({ value: 40, referenceValue: 1_000, goal })).toBe('met');
    expect(verdictOf({ value: 51, referenceValue: 2_000, goal })).toBe('MISSED');
    expect(verdictOf({ value: 40, referenceValue: 500, goal })).toBe('MISSED');
  });

  it('misses a ratio to nothing', () => {
    expect(verdictOf({ ...alone, value: 40, goal: { ratioAtMost: 0.05 } })).toBe('MISSED');
    expect(verdictOf({ value: 40, referenceValue: Number.NaN, goal: { ratioAtLeast: 0 } })).toBe('MISSED');
  });

  it('that could not be measured meets no goal', () => {
    expect(verdictOf({ ...alone, value: Number.NaN, goal: { atMost: 43 } })).toBe('MISSED');
  });

  it('without a goal has no verdict', () => {
    expect(verdictOf({ ...alone, value: 1, goal: null })).toBe('');
  });

  it('has a ratio only to something', () => {
    expect(ratioOf({ value: 30, referenceValue: 20 })).toBe(1.5);
    expect(ratioOf({ value: 30, referenceValue: 0 })).toBeNull();
    expect(ratioOf({ value: 30, referenceValue: null })).toBeNull();
  });

  it('says its goal in words', () => {
    expect(goalInWords({ atLeast: 96, atMost: 100 }, '%')).toBe('96 to 100 %');
    expect(goalInWords({ atMost: 43 }, 'messages')).toBe('<= 43 messages');
    expect(goalInWords({ atLeast: 0.5 }, 'x')).toBe('>= 0.5 x');
    expect(goalInWords({ ratioAtLeast: 4.5 }, 'per s')).toBe('>= 4.5 x reference');
    expect(goalInWords({ atMost: 50, ratioAtMost: 0.05 }, 'MB')).toBe('<= 50 MB, <= 0.05 x reference');
    expect(goalInWords(null, 'ms')).toBe('');
  });

  it('is written with the digits that mean something', () => {
    expect(short(12_345.678)).toBe('12346');
    expect(short(80.256)).toBe('80.26');
    expect(short(0.98765)).toBe('0.9877');
  });
});
