const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * The id of the n-th accepted message: `m_` and 86 characters of base64url, as long as Meta's.
 * It follows from the seed and the number, so that a ledger of a million messages need not store it.
 */
export function messageIdOf(seed: number, sequence: number): string {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(sequence, 0x85ebca6b)) >>> 0;
  let id = 'm_';
  // The first characters carry the number itself: two messages of one ledger can never share an id.
  for (let rest = sequence, place = 0; place < 6; place++, rest = Math.floor(rest / 64)) id += alphabet[rest % 64];
  while (id.length < 88) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    for (let shift = 0; shift < 30 && id.length < 88; shift += 6) id += alphabet[(mixed >>> shift) & 63];
  }
  return id;
}
