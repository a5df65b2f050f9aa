import { expect, test } from 'vitest';
import { addressOf, isRowNumber, readSearch } from './search-fields.ts';

const read = (query: string) => readSearch(new URLSearchParams(query));

test('every field of the address becomes part of the search, and nothing else does', () => {
  const { search, faults, asked } = read(
    'id=7&msg_id=order 1&dest=4455&mid=m_1&line=12&campaign=3&state=ERROR&class=line_down&from=2026-11-23T10:00&until=2026-11-24&said=x',
  );
  expect(faults).toEqual([]);
  expect(search).toEqual({
    messageId: '7',
    reference: 'order 1',
    dest: '4455',
    metaId: 'm_1',
    lineId: '12',
    campaignId: '3',
    state: 'ERROR',
    errorClass: 'line_down',
    from: new Date('2026-11-23T10:00:00Z'),
    until: new Date('2026-11-24T00:00:00Z'),
  });
  expect(readSearch(new URL(addressOf('/messages', asked), 'http://x').searchParams).search).toEqual(search);
});

test('empty fields ask for nothing, and what is around a value does not count', () => {
  expect(read('id=&dest=+4455+&state=').asked).toEqual({ dest: '4455' });
});

test('what cannot be searched for is said, and never asked of the database', () => {
  const bad = [
    'id=7x',
    'line=99999999999999999999',
    'state=lost',
    'class=<b>',
    'from=yesterday',
    'until=2026-13-01T00:00',
    'dest=a%00b',
  ];
  for (const query of bad) {
    const { faults, search } = read(`${query}&campaign=3`);
    expect(faults).toHaveLength(1);
    expect(search.campaignId).toBeNull();
  }
  expect(read(`msg_id=${'x'.repeat(1_001)}`).faults[0]?.length).toBeLessThan(120);
});

test('a row number fits into eight bytes', () => {
  expect(isRowNumber('9223372036854775807')).toBe(true);
  expect(isRowNumber('9223372036854775808')).toBe(false);
  expect(isRowNumber('')).toBe(false);
});
