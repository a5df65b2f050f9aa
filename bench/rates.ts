import type { House } from '../test/support/house.ts';
import { call } from './callers/call.ts';
import { handingTo } from './callers/gateway.ts';
import { openDests } from './dests.ts';
import { inTurns, type Turns } from './in-turns.ts';
import { emptyBacklog, pauseLines } from './paused-line.ts';
import { proveAccepted } from './proof.ts';
import { sendWaiting } from './waiting-messages.ts';

const connections = 64;
/** More than a run can use. */
const destsPerRun = 10_000_000;

type Take = ReturnType<typeof openDests>;

export interface RatesSize extends Omit<Turns, 'say'> {
  /** Sent in a round. */
  messages: number;
  warmSeconds: number;
  seconds: number;
}

/** A house whose worker and API are running. */
export interface OpenHouse {
  house: House;
  apiUrl: string;
}

/** Accepting, and then sending, in houses that take turns: messages per second of each round. */
export async function ratesInTurns<Side extends string>(
  houses: Record<Side, OpenHouse>,
  size: RatesSize,
  say: Turns['say'],
): Promise<{ accepting: Record<Side, number[]>; sending: Record<Side, number[]> }> {
  const take = openDests();
  const inEach = (rate: (open: OpenHouse) => Promise<number>) => {
    const sides = Object.entries<OpenHouse>(houses).map(([side, open]) => [side, () => rate(open)]);
    return inTurns({ ...size, say }, Object.fromEntries(sides) as Record<Side, () => Promise<number>>);
  };
  return {
    accepting: await inEach((open) => acceptRate(open, take, size)),
    sending: await inEach((open) => sendRate(open, take, size)),
  };
}

/** On a paused line, so that nothing is sent meanwhile. */
async function acceptRate({ house, apiUrl }: OpenHouse, take: Take, { warmSeconds, seconds }: RatesSize) {
  const line = await house.addLine(0);
  await pauseLines(house, [line]);
  const { first } = take(destsPerRun);
  await house.database.query('CHECKPOINT');
  const { perSecond, answered } = await call({
    ...handingTo({ url: apiUrl, token: house.tsid, lineId: line }),
    firstDest: first,
    connections,
    warmSeconds,
    seconds,
  });
  await proveAccepted(house, { first, count: answered });
  await emptyBacklog(house, line);
  return perSecond;
}

/** Out of a backlog, on a line of its own. */
async function sendRate({ house }: OpenHouse, take: Take, { messages }: RatesSize) {
  const { ledger } = house.simulator;
  return sendWaiting(house, ledger, { lineIds: [await house.addLine(0)], dests: take(messages) });
}
