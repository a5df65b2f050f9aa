const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', 'latin1');
const length = 88;
/** Filled anew for every id: ids are made too often for a string that grows by a character at a time. */
const characters = Buffer.from('m_'.padEnd(length), 'latin1');

/**
 * The id of the n-th accepted message: `m_` and 86 characters of base64url, as long as Meta's.
 * It follows from the seed and the number, so that a ledger of a million messages need not store it.
 */
export function messageIdOf(seed: number, sequence: number): string {
  let at = 2;
  const put = (value: number) => {
    characters[at++] = alphabet[value & 63] as number;
  };
  // The first characters carry the number itself: two messages of one ledger can never share an id.
  for (let rest = sequence; at < 8; rest = Math.floor(rest / 64)) put(rest);
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(sequence, 0x85ebca6b)) >>> 0;
  while (at < length) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    for (let shift = 0; shift < 30 && at < length; shift += 6) put(mixed >>> shift);
  }
  return characters.toString('latin1');
}
