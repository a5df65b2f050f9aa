import type { Latency } from '@pombo/graph-simulator/latency.ts';
import { type Backend, type House, openHouse } from '../test/support/house.ts';
import type { Figure } from './figure.ts';

export interface BenchOptions {
  /** The backends that were asked for; null: the bench's own choice. */
  backends: readonly Backend[] | null;
  /** Only to see that it works: less of everything. The figures mean nothing. */
  brief: boolean;
  /** For whoever watches; never on standard output. */
  say: (line: string) => void;
}

export type Bench = (options: BenchOptions) => Promise<Figure[]>;

/** Measures in two houses on Redis that take turns, whatever backends were asked for. */
export function inTwoHouses(
  options: BenchOptions,
  latency: Latency,
  measure: (one: House, other: House) => Promise<Figure[]>,
): Promise<Figure[]> {
  const own = { backends: ['redis'], latency } as const;
  const asked = { ...options, backends: own.backends };
  return inHouses(asked, own, (one) => inHouses(asked, own, (other) => measure(one, other)));
}

/** Measures once per backend, each time in a house of its own. */
export async function inHouses(
  options: BenchOptions,
  own: { backends: readonly Backend[]; latency: Latency },
  measure: (house: House) => Promise<Figure[]>,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const backend of options.backends ?? own.backends) {
    const house = await openHouse({ backend, latency: own.latency, durable: true });
    if (!house) continue;
    try {
      figures.push(...(await measure(house)));
    } finally {
      await house.stop();
    }
  }
  return figures;
}
