import type { House } from '../test/support/house.ts';
import { call } from './callers/call.ts';
import { handingTo } from './callers/gateway.ts';
import type { openDests } from './dests.ts';
import { emptyBacklog, pauseLines } from './paused-line.ts';
import { proveAccepted } from './proof.ts';
import { sendWaiting } from './waiting-messages.ts';

const connections = 64;
/** More than a run can use. */
const destsPerRun = 10_000_000;

type Take = ReturnType<typeof openDests>;

/** Messages handed over per second, on a paused line, so that nothing is sent meanwhile. */
export async function acceptRate(
  house: House,
  apiUrl: string,
  take: Take,
  { warmSeconds, seconds }: { warmSeconds: number; seconds: number },
): Promise<number> {
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

/** Messages sent per second out of a backlog, on a line of its own. */
export async function sendRate(house: House, take: Take, messages: number): Promise<number> {
  const { ledger } = house.simulator;
  return sendWaiting(house, ledger, { lineIds: [await house.addLine(0)], dests: take(messages) });
}
