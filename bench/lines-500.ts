import { type Bench, inHouses } from './bench.ts';
import { openDests } from './dests.ts';
import { figureBeside } from './figures.ts';
import { inTurns } from './in-turns.ts';
import { sendWaiting } from './waiting-messages.ts';

const graphMs = 80;
const full = { rounds: 5, lines: 500, messages: 20_000, warm: 5_000 };
const brief = { rounds: 1, lines: 50, messages: 2_000, warm: 500 };

/** The same number of messages on 500 busy lines and on one, sent by one worker process. */
export const lines500: Bench = (options) =>
  inHouses(options, { backends: ['redis'], latency: graphMs }, async (house) => {
    const size = options.brief ? brief : full;
    const take = openDests();
    const many: string[] = [];
    for (let n = 0; n < size.lines; n += 1) many.push(await house.addLine(0));
    const send = (lineIds: readonly string[], count: number) =>
      sendWaiting(house, house.simulator.ledger, { lineIds, dests: take(count) });

    await house.startWorker();
    await send(many, size.warm);
    const runs = await inTurns(
      { rounds: size.rounds, say: options.say },
      { many: () => send(many, size.messages), one: async () => send([await house.addLine(0)], size.messages) },
    );
    return [
      figureBeside(
        {
          name: `${size.lines} busy lines on ${house.backend}`,
          unit: 'per s',
          reference: 'one line, same total',
          goal: { ratioAtLeast: 0.85 },
        },
        runs.many,
        runs.one,
      ),
    ];
  });
