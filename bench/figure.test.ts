import { describe, expect, it } from 'vitest';
import { goalInWords, ratioOf, short, verdictOf } from './figure.ts';

describe('a figure', () => {
  it('meets its goal at the limit and misses it beyond', () => {
    expect(verdictOf({ value: 43, goal: { atMost: 43 } })).toBe('met');
    expect(verdictOf({ value: 44, goal: { atMost: 43 } })).toBe('MISSED');
    expect(verdictOf({ value: 95.9, goal: { atLeast: 96, atMost: 100 } })).toBe('MISSED');
    expect(verdictOf({ value: 96, goal: { atLeast: 96, atMost: 100 } })).toBe('met');
  });

  it('that could not be measured meets no goal', () => {
    expect(verdictOf({ value: Number.NaN, goal: { atMost: 43 } })).toBe('MISSED');
  });

  it('without a goal has no verdict', () => {
    expect(verdictOf({ value: 1, goal: null })).toBe('');
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
    expect(goalInWords(null, 'ms')).toBe('');
  });

  it('is written with the digits that mean something', () => {
    expect(short(12_345.678)).toBe('12346');
    expect(short(80.256)).toBe('80.26');
    expect(short(0.98765)).toBe('0.9877');
  });
});
