import { short } from './figure.ts';
import { median } from './figures.ts';

/** How often sides take turns. */
export interface Turns {
  rounds: number;
  /** Rounds before, which do not count: for processes that stay, and are not what they will be after a while. */
  warmRounds?: number;
  say: (line: string) => void;
}

/**
 * Measures every side once, then every side again in the opposite order, and so on, so that the moods of the machine hit
 * them all, and what one leaves behind hits no other more often. Says each round's figures, and in the end how far they were apart.
 */
export async function inTurns<Side extends string>(
  { rounds, warmRounds = 0, say }: Turns,
  sides: Record<Side, () => Promise<number>>,
): Promise<Record<Side, number[]>> {
  const names = Object.keys(sides) as Side[];
  const runs = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Side, number[]>;
  for (let round = 1 - warmRounds; round <= rounds; round += 1) {
    const said: string[] = [];
    for (const name of round % 2 === 0 ? names.toReversed() : names) {
      const measured = await sides[name]();
      if (round > 0) runs[name].push(measured);
      said.push(`${name} ${short(measured)}`);
    }
    say(`round ${round} of ${rounds}: ${said.join(', ')}`);
  }
  for (const name of names) {
    say(
      `${name}: ${short(Math.min(...runs[name]))} to ${short(Math.max(...runs[name]))}, median ${short(median(runs[name]))}`,
    );
  }
  return runs;
}

/** Tries each of these and keeps the one with the highest figure. */
export async function bestOf(
  { name, say }: { name: string; say: (line: string) => void },
  candidates: readonly number[],
  measure: (candidate: number) => Promise<number>,
): Promise<number> {
  const tried: { candidate: number; measured: number }[] = [];
  for (const candidate of candidates) tried.push({ candidate, measured: await measure(candidate) });
  const best = tried.reduce((a, b) => (b.measured > a.measured ? b : a));
  say(`${name}: ${tried.map((one) => `${one.candidate}: ${short(one.measured)}`).join(', ')}; ${best.candidate} it is`);
  return best.candidate;
}
