import type { LineMend } from '@pombo/domain/outcome.ts';
import { describe, expect, test } from 'vitest';
import { lineTroubles, troubleInWords } from './line-troubles.ts';
import { listedErrors, verdictOn } from './meta-errors.ts';

/** The table once more, in short words and in Meta's order, so that a slip in either is seen. */
const table: [code: number, subcode: number | null, says: string][] = [
  [-1, null, 'unknown'],
  [1, null, 'unknown'],
  [1, 99, 'unavailable'],
  [1, 1357046, 'unknown'],
  [1, 2018382, 'refused request'],
  [2, null, 'unavailable'],
  [2, 2018344, 'line_down operator'],
  [3, null, 'refused permission'],
  [4, null, 'throttled app'],
  [4, 2018022, 'throttled app'],
  [4, 2018354, 'throttled recipient'],
  [9, 2018352, 'throttled page'],
  [10, null, 'refused permission'],
  [10, 1404170, 'line_down operator'],
  [10, 1893015, 'refused recipient'],
  [10, 1893063, 'line_down operator'],
  [10, 2018028, 'line_down operator'],
  [10, 2018065, 'refused recipient'],
  [10, 2018108, 'refused recipient'],
  [10, 2018278, 'refused recipient'],
  [10, 2018300, 'unavailable'],
  [10, 2018336, 'refused recipient'],
  [10, 2534022, 'refused recipient'],
  [10, 2534077, 'line_down operator'],
  [17, null, 'throttled app'],
  [17, 2446079, 'throttled app'],
  [32, null, 'throttled page'],
  [100, null, 'refused request'],
  [100, 33, 'refused recipient'],
  [100, 2018001, 'refused recipient'],
  [100, 2018008, 'unavailable media_not_fetched'],
  [100, 2018014, 'refused request'],
  [100, 2018032, 'refused request'],
  [100, 2018034, 'refused request'],
  [100, 2018047, 'refused request'],
  [100, 2018074, 'asset_gone'],
  [100, 2018109, 'refused request'],
  [100, 2018164, 'line_down operator'],
  [100, 2018294, 'unavailable media_not_fetched'],
  [100, 2018320, 'refused request'],
  [100, 2018328, 'refused request'],
  [100, 2534013, 'line_down operator'],
  [100, 2534014, 'refused recipient'],
  [100, 2534015, 'refused request'],
  [100, 2534025, 'refused request'],
  [100, 2534029, 'line_down operator'],
  [100, 2534037, 'throttled recipient'],
  [102, null, 'line_down token'],
  [190, null, 'line_down token'],
  [190, 458, 'line_down token'],
  [190, 459, 'line_down token'],
  [190, 460, 'line_down token'],
  [190, 463, 'line_down token'],
  [190, 464, 'line_down token'],
  [190, 467, 'line_down token'],
  [190, 490, 'line_down token'],
  [190, 492, 'line_down token'],
  [190, 2069032, 'line_down operator'],
  [200, null, 'refused permission'],
  [200, 1545041, 'refused recipient'],
  [200, 2018021, 'refused request'],
  [200, 2018027, 'line_down operator'],
  [200, 2018028, 'line_down operator'],
  [200, 2534041, 'line_down operator'],
  [210, null, 'refused permission'],
  [230, null, 'refused permission'],
  [299, null, 'refused permission'],
  [341, null, 'throttled app'],
  [368, null, 'line_down 6 h'],
  [368, 1390008, 'line_down 6 h'],
  [506, null, 'refused request'],
  [551, null, 'refused recipient'],
  [551, 1545041, 'refused recipient'],
  [554, null, 'unavailable'],
  [613, null, 'throttled page'],
  [613, 1996, 'throttled app'],
  [613, 1893016, 'refused recipient'],
  [613, 2018338, 'refused recipient'],
  [613, 2534040, 'throttled page'],
  [803, null, 'refused request'],
  [1200, null, 'unavailable'],
  [1200, 2018024, 'unavailable'],
  [2022, null, 'line_down 1 h'],
  [10303, null, 'refused request'],
  [36103, null, 'line_down operator'],
  [80001, null, 'throttled page'],
  [80002, null, 'throttled page'],
  [80006, null, 'throttled page'],
  [2018173, null, 'refused request'],
  [2018188, null, 'refused request'],
  [2018218, null, 'refused request'],
  [2018247, null, 'refused request'],
  [2018300, null, 'unavailable'],
  [2018321, null, 'unavailable'],
  [2018416, null, 'refused configuration'],
  [2300000, null, 'refused configuration'],
  [2300001, null, 'refused configuration'],
  [2388051, null, 'refused configuration'],
  [9000001, null, 'refused request'],
];

function inWords(verdict: ReturnType<typeof verdictOn>): string {
  switch (verdict?.kind) {
    case 'throttled':
      return `throttled ${verdict.scope}`;
    case 'refused':
      return `refused ${verdict.about}`;
    case 'unavailable':
      return verdict.because === 'meta_said_later' ? 'unavailable' : `unavailable ${verdict.because}`;
    case 'line_down':
      return `line_down ${mendInWords(lineTroubles[verdict.trouble].mend)}`;
    default:
      return verdict?.kind ?? 'not listed';
  }
}

function mendInWords(mend: LineMend): string {
  return mend.by === 'time' ? `${mend.afterMs / 3_600_000} h` : mend.by;
}

test.each(table)('%i/%s is %s', (code, subcode, says) => {
  expect(inWords(verdictOn(code, subcode, false))).toBe(says);
});

test('every row is in the table above', () => {
  const known = new Set(table.map(([code, subcode]) => `${code}/${subcode}`));
  expect(listedErrors().filter((row) => !known.has(`${row.code}/${row.subcode}`))).toEqual([]);
});

test('no pair is listed twice', () => {
  const pairs = listedErrors().map((row) => `${row.code}/${row.subcode}`);
  expect(pairs.length).toBe(new Set(pairs).size);
});

describe('what is not listed', () => {
  test.each([
    [99_999, null, 'not listed'],
    [300, null, 'not listed'],
    [9, null, 'not listed'],
    [190, 12345, 'line_down token'],
    [613, 12345, 'throttled page'],
    [1, 12345, 'unknown'],
    [100, 12345, 'refused request'],
    [10, 12345, 'refused request'],
    [230, 12345, 'refused request'],
    [100, 2018321, 'unavailable'],
  ] as const)('%i/%s is %s', (code, subcode, says) => {
    expect(inWords(verdictOn(code, subcode, false))).toBe(says);
  });
});

describe('is_transient', () => {
  test.each([
    [99_999, null, 'unavailable'],
    [100, null, 'unavailable'],
    [100, 12345, 'unavailable'],
    [10, null, 'unavailable'],
    [1, null, 'unknown'],
    [-1, null, 'unknown'],
    [1, 1357046, 'unknown'],
    [613, null, 'throttled page'],
    [4, null, 'throttled app'],
    [190, null, 'line_down token'],
    [2, 2018344, 'line_down operator'],
    [551, null, 'refused recipient'],
    [10, 2018278, 'refused recipient'],
    [100, 2018032, 'refused request'],
  ] as const)('%i/%s is then %s', (code, subcode, says) => {
    expect(inWords(verdictOn(code, subcode, true))).toBe(says);
  });
});

test.each([
  [
    'token_expired',
    190,
    463,
    'Meta says the page access token is no longer valid: it has expired (190/463). Give the line a new one with set-token.',
  ],
  [
    'token_invalid',
    102,
    null,
    'Meta says the page access token is no longer valid (102). Give the line a new one with set-token.',
  ],
] as const)('%s in words', (trouble, code, subcode, words) => {
  expect(troubleInWords(trouble, code, subcode)).toBe(words);
});

test('every sentence ends, and every trouble is met by some code', () => {
  for (const { says, remedy } of Object.values(lineTroubles)) {
    expect(says).not.toMatch(/\.$/);
    expect(remedy).toMatch(/\.$/);
  }
  const met = listedErrors().flatMap(({ verdict }) => (verdict.kind === 'line_down' ? [verdict.trouble] : []));
  expect(new Set(met)).toEqual(new Set(Object.keys(lineTroubles)));
});
