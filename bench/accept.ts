import type { House } from '../test/support/house.ts';
import { type Bench, type BenchOptions, inHouses } from './bench.ts';
import { type CallReport, call } from './callers/call.ts';
import { handingTo } from './callers/gateway.ts';
import { openDests } from './dests.ts';
import type { Figure } from './figure.ts';
import { figureBeside } from './figures.ts';
import { inTurns } from './in-turns.ts';
import { type Obvious, openObvious } from './obvious.ts';
import { type OwnProcess, startOwnProcess } from './own-process.ts';
import { proveAccepted } from './proof.ts';

const connections = 64;
/** More than one run can use up. */
const destsPerRun = 10_000_000;

const full = { rounds: 5, warmRounds: 1, warmSeconds: 1.5, seconds: 6 };
const brief = { rounds: 1, warmRounds: 1, warmSeconds: 1, seconds: 2 };

/** How many asynchronous messages one API process takes, each a committed row before its caller hears of it. */
export const accept: Bench = (options) =>
  inHouses({ ...options, backends: ['redis'] }, { backends: ['redis'], latency: 'none' }, async (house) => {
    const obvious = await openObvious(house);
    const bare = startOwnProcess('baselines/bare-fastify.ts', { tsid: house.tsid });
    try {
      return await measure({ house, obvious, bare, options });
    } finally {
      await bare.end();
      await obvious.close();
    }
  });

interface Sides {
  house: House;
  obvious: Obvious;
  bare: OwnProcess;
  options: BenchOptions;
}

async function measure({ house, obvious, bare, options: { brief: isBrief, say } }: Sides): Promise<Figure[]> {
  const size = isBrief ? brief : full;
  const take = openDests();
  const api = await house.startApi();
  const { url: bareUrl } = await bare.said<{ url: string }>();
  const { url: obviousUrl } = await obvious.startApi(house.tsid);
  const lineId = await house.addLine(0);

  const callers = async (url: string, prove: (first: number, report: CallReport) => Promise<void>) => {
    const { first } = take(destsPerRun);
    await house.database.query('CHECKPOINT');
    const report = await call({
      ...handingTo({ url, token: house.tsid, lineId }),
      firstDest: first,
      connections,
      warmSeconds: size.warmSeconds,
      seconds: size.seconds,
    });
    await prove(first, report);
    return report.perSecond;
  };
  const runs = await inTurns(
    { ...size, say },
    {
      pombo: () => callers(api.url, (first, { answered }) => proveAccepted(house, { first, count: answered })),
      obvious: () =>
        callers(obviousUrl, async (first, { answered }) => {
          await proveAccepted(obvious, { first, count: answered });
          await obvious.forget();
        }),
      bare: () => callers(bareUrl, async () => {}),
    },
  );
  const name = (than: string) => `accept, ${connections} connections, beside ${than}`;
  const unit = 'per s';
  return [
    figureBeside(
      { name: name('the obvious design'), unit, reference: 'obvious design', goal: { ratioAtLeast: 4.5 } },
      runs.pombo,
      runs.obvious,
    ),
    figureBeside(
      { name: name('bare Fastify'), unit, reference: 'bare Fastify', goal: { ratioAtLeast: 0.3 } },
      runs.pombo,
      runs.bare,
    ),
  ];
}
