/** How long an answer takes: as Meta's were measured to, not at all, or always the same number of milliseconds. */
export type Latency = 'meta' | 'none' | number;

/** Medians of the server's own time in captured answers: text about 0.65 s, anything with media about 1.8 s. */
const medianMs = { text: 650, media: 1800 } as const;
const spread = 0.35;
const longestMs = 10_000;

/** Milliseconds until the answer. Meta's times are lognormal: never near zero, now and then several times the median. */
export function latencyMs(latency: Latency, content: keyof typeof medianMs, random: () => number): number {
  if (latency === 'none') return 0;
  if (typeof latency === 'number') return latency;
  return Math.min(longestMs, medianMs[content] * Math.exp(spread * standardNormal(random)));
}

/** Box and Muller's way from two even draws to a bell curve. */
function standardNormal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Reads what the settings table let through: `meta`, `none` or a number of milliseconds. */
export function latencyOf(word: string): Latency {
  return word === 'meta' || word === 'none' ? word : Number(word);
}
