import type { Assets } from './assets.ts';
import type { Latency } from './latency.ts';
import type { Ledger } from './ledger.ts';
import type { Pages } from './pages.ts';
import type { Probes } from './probes.ts';
import type { Weather } from './weather.ts';

/** What the simulator owns while it runs. */
export interface Graph {
  pages: Pages;
  ledger: Ledger;
  weather: Weather;
  probes: Probes;
  assets: Assets;
  latency: Latency;
  random: () => number;
  /** Runs it after this many milliseconds, at once for 0, and never after the simulator was closed. */
  later: (ms: number, run: () => void) => void;
  onReceived: () => void;
}
