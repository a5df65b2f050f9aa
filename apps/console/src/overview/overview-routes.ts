import { countBacklogs } from '@pombo/db/backlog-count.ts';
import { listLineReportsAsCounted } from '@pombo/db/line-report.ts';
import { readLatestMessages, readStateTotals } from '@pombo/db/overview.ts';
import type { FastifyInstance } from 'fastify';
import { inOrder } from '../lines/line-order.ts';
import type { RoomParts } from '../room-parts.ts';
import { overviewPage } from './overview-page.ts';

const linesShown = 20;
const messagesShown = 50;

export function overviewRoutes(app: FastifyInstance, { database, guard, now, onError }: RoomParts): void {
  app.get(
    '/',
    guard.page('view', async (visitor) => {
      // Workers count all the time, but the page must be true without any. If it cannot be counted, the last count is shown.
      await countBacklogs(database).catch(onError);
      const [lines, totals, latest] = await Promise.all([
        listLineReportsAsCounted(database),
        readStateTotals(database),
        readLatestMessages(database, messagesShown),
      ]);
      const shown = inOrder(lines, 'look').slice(0, linesShown);
      return overviewPage({ visitor, lines: shown, lineCount: lines.length, totals, latest }, now());
    }),
  );
}
