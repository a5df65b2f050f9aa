import type { Bench } from './bench.ts';
import type { Figure, Goal } from './figure.ts';
import { median, quantile } from './figures.ts';
import { openSimulatedHouse, stepMs } from './simulated-day/house.ts';
import { openRecords } from './simulated-day/records.ts';
import { gaussian, seeded } from './simulated-day/seeded.ts';
import type { Spread } from './simulated-day/spread.ts';
import { openTraffic } from './simulated-day/traffic.ts';

const hourMs = 3_600_000;

/** What a machine of two cores sends per second while it accepts as much, and how long a look of release takes there. */
const perSecond = 1_800;
const workers = 2;
const lookMs = ({ lines, moved }: { lines: number; moved: number }) => 2 + 0.1 * lines + 0.06 * moved;

/** Graph's own time: most calls take a third of a second, few take longer than one. */
const graphMedianMs = 300;
const graphSpread = 0.5;

/** The busiest lines had their pace raised; the others have the one every page has. */
const raised = { pace: 300, share: 0.002 };
const usualPace = 40;

const sampleMs = 1_000;
/** So long that an even share is many messages. */
const spanMs = 300_000;

interface Size {
  lines: number;
  hours: number;
  /** A day. */
  singles: number;
  campaigns: number;
}

const full: Size = { lines: 50_000, hours: 24, singles: 15_000_000, campaigns: 3_000 };
const brief: Size = { lines: 2_000, hours: 1, singles: 15_000_000, campaigns: 3_000 };

/** A day of 50 000 lines in a minute or two: what the rules of release and gate make of it. Nothing of it is measured, all of it is counted. */
export const day: Bench = async (options) => {
  const size = options.brief ? brief : full;
  const random = seeded(20_000);
  const paces = Float64Array.from({ length: size.lines }, (_, line) =>
    line < size.lines * raised.share ? raised.pace : usualPace,
  );
  const records = openRecords(paces);
  const house = openSimulatedHouse({
    paces,
    perSecond,
    slots: { now: 100 * workers, bulk: 400 * workers },
    graphMs: () => graphMedianMs * Math.exp(graphSpread * gaussian(random)),
    lookMs,
    onTurn: records.onTurn,
  });
  const traffic = openTraffic({ ...size, stepMs, random });

  let accepted = 0;
  while (house.now() < size.hours * hourMs) {
    const { synchronous, asynchronous, campaigns } = traffic.upTo(house.now() + stepMs);
    for (const line of synchronous) house.acceptSynchronous(line);
    for (const line of asynchronous) house.accept(line);
    for (const { line, messages } of campaigns) records.started(house.startCampaign(line, messages), messages);
    accepted += synchronous.length + asynchronous.length + campaigns.reduce((sum, { messages }) => sum + messages, 0);
    house.step();
    if (house.now() % sampleMs === 0) records.sample(house.withBacklog);
    if (house.now() % spanMs === 0) records.endSpan(spanMs);
    if (house.now() % hourMs === 0) {
      const lines = house.withBacklog.size;
      options.say(
        `${house.now() / hourMs} h: ${accepted} accepted, ${records.turns()} had a turn, ${lines} lines wait`,
      );
    }
  }
  return figuresOf(size.lines, records);
};

function figuresOf(lines: number, records: ReturnType<typeof openRecords>): Figure[] {
  const { waits, slowness } = records;
  const shares = records.smallestShares();
  const figure = (what: string, value: number, unit: string, goal: Goal | null = null): Figure => ({
    name: `simulated day of ${lines} lines: ${what}`,
    value,
    unit,
    reference: null,
    referenceValue: null,
    runs: [value],
    goal,
  });
  const spread = (what: string, { quantile: of, largest }: Spread, unit: string, goal: Goal | null = null) => [
    figure(`${what}, p50`, of(0.5), unit),
    figure(`${what}, p99`, of(0.99), unit, goal),
    figure(`${what}, most`, largest(), unit),
  ];
  return [
    figure('turns', records.turns(), ''),
    ...spread('wait of synchronous sends for their turn', waits.synchronous, 'ms', { atMost: 100 }),
    ...spread('wait of single messages on lines without a campaign', waits.alone, 'ms', { atMost: 2_500 }),
    ...spread('wait of single messages beside a campaign of their line', waits.besideCampaign, 'ms'),
    ...spread("time of a campaign alone on its line, beside what the line's pace needs", slowness.alone, 'x'),
    ...spread("time of a campaign that shared its line, beside what the line's pace needs", slowness.shared, 'x'),
    figure('smallest share in five minutes, of an even share: worst span', quantile(shares, 0), 'x', { atLeast: 0.5 }),
    figure('smallest share in five minutes, of an even share: middle', median(shares), 'x'),
    figure('campaigns that had not ended', records.unfinishedCampaigns(), ''),
  ];
}
