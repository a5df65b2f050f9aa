import type { Ledger } from '@pombo/graph-simulator/ledger.ts';
import { fillBacklog } from '../test/support/fill-backlog.ts';
import type { House } from '../test/support/house.ts';
import type { Dests } from './dests.ts';
import { pauseLines, resumeLines } from './paused-line.ts';
import { proveSent } from './proof.ts';
import { sendingRate } from './sending-rate.ts';

/**
 * Puts a message for each of these recipients behind paused lines, equally many to each, lets the lines go, and proves that
 * each was sent once. Resolves with messages per second.
 *
 * @param ledger of the Graph it is sent to
 */
export async function sendWaiting(
  house: House,
  ledger: Ledger,
  { lineIds, dests }: { lineIds: readonly string[]; dests: Dests },
): Promise<number> {
  const { database, customerId } = house;
  await pauseLines(house, lineIds);
  const countPerLine = dests.count / lineIds.length;
  await fillBacklog(database, { customerId, lineIds, countPerLine, campaign: false, scatteredFrom: dests.first });
  const since = ledger.size;
  const perSecond = await sendingRate(ledger, dests.count, () => resumeLines(house, lineIds));
  await proveSent(house, ledger, since, dests);
  return perSecond;
}
