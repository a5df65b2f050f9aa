import { countAround, weighted } from './seeded.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Lines live in these time zones, as many in each. */
const zoneHours = [0, 5, 9, 17];

/** How much is sent in each hour of the day, beside the mean: little at night, most in the evening. */
const byHour = [
  0.3, 0.2, 0.15, 0.1, 0.1, 0.2, 0.4, 0.7, 1.0, 1.3, 1.4, 1.4, 1.5, 1.4, 1.3, 1.3, 1.4, 1.5, 1.7, 1.9, 1.8, 1.4, 0.9,
  0.65,
];

/** Of single messages this many are sent by somebody who waits for the answer. */
const synchronousShare = 0.1;

/** So many campaigns begin at a full hour between 9 and 20; the others whenever. */
const atFullHour = 0.6;
const smallestCampaign = 500;
const largestCampaign = 1_000_000;

export interface Traffic {
  /** What is accepted in the step that ends at `now`. */
  upTo(now: number): { synchronous: readonly number[]; asynchronous: readonly number[]; campaigns: readonly Start[] };
}

export interface Start {
  line: number;
  at: number;
  messages: number;
}

export interface TrafficOptions {
  lines: number;
  /** Single messages a day, of all lines. */
  singles: number;
  campaigns: number;
  stepMs: number;
  random: () => number;
}

/**
 * A day of a house with many customers: few lines send much and many little (the n-th busiest in proportion to 1 / (n + 9)),
 * single messages by the hour of the line's own day, campaigns from 500 messages to a million (half of them below 1 000).
 */
export function openTraffic({ lines, singles, campaigns, stepMs, random }: TrafficOptions): Traffic {
  const zones = zoneHours.map((_, zone) => linesOfZone(zone));
  const starts = Array.from({ length: campaigns }, start).sort((a, b) => b.at - a.at);

  function linesOfZone(zone: number) {
    const own = Array.from({ length: lines }, (_, line) => line).filter((line) => line % zoneHours.length === zone);
    const weights = own.map(weightOf);
    const pick = weighted(weights, random);
    return { share: weights.reduce((sum, weight) => sum + weight, 0), pick: () => own[pick()] ?? 0 };
  }

  function start(): Start {
    const zone = Math.floor(random() * zoneHours.length);
    const messages = Math.min(largestCampaign, Math.round(smallestCampaign / (1 - random())));
    const localHour = random() < atFullHour ? 9 + Math.floor(random() * 12) : random() * 24;
    const at = ((localHour + (zoneHours[zone] ?? 0)) % 24) * hourMs;
    return { line: zones[zone]?.pick() ?? 0, at, messages };
  }

  const all = zones.reduce((sum, { share }) => sum + share, 0);
  const perStep = (singles * stepMs) / dayMs;
  return {
    upTo(now) {
      const synchronous: number[] = [];
      const asynchronous: number[] = [];
      zones.forEach(({ share, pick }, zone) => {
        const localHour = Math.floor(((now / hourMs - (zoneHours[zone] ?? 0)) % 24) + 24) % 24;
        const mean = (perStep * share * (byHour[localHour] ?? 1)) / all;
        for (let left = countAround(mean, random); left > 0; left -= 1) {
          (random() < synchronousShare ? synchronous : asynchronous).push(pick());
        }
      });
      const begun: Start[] = [];
      for (let next = starts.at(-1); next && next.at <= now; next = starts.at(-1)) {
        begun.push(next);
        starts.pop();
      }
      return { synchronous, asynchronous, campaigns: begun };
    },
  };
}

function weightOf(line: number): number {
  return 1 / (line + 10);
}
