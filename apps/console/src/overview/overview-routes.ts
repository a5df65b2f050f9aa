import { countBacklogs } from '@pombo/db/backlog-count.ts';
import { readCampaignNumbers } from '@pombo/db/campaign-numbers.ts';
import { readHistory, readHistoryNow } from '@pombo/db/history.ts';
import { readHouseNumbers } from '@pombo/db/house-numbers.ts';
import { listLineReportsAsCounted } from '@pombo/db/line-report.ts';
import { readLatestMessages } from '@pombo/db/overview.ts';
import { listProcesses } from '@pombo/db/processes.ts';
import { historySpanOf } from '@pombo/domain/history-span.ts';
import type { FastifyInstance } from 'fastify';
import { inOrder } from '../lines/line-order.ts';
import type { RoomParts } from '../room-parts.ts';
import { figuresOf } from './figures.ts';
import { overviewPage } from './overview-page.ts';

const linesShown = 20;
const messagesShown = 25;

interface Asked {
  Querystring: { span?: unknown };
}

export function overviewRoutes(app: FastifyInstance, { database, guard, now, onError }: RoomParts): void {
  app.get<Asked>(
    '/',
    guard.page('view', async (visitor, request) => {
      const span = historySpanOf((request.query as Asked['Querystring']).span);
      // Workers count all the time, but without any the page must become true as well. Nobody waits for it: where a great
      // many wait it takes its time, and the page is asked for again in a moment.
      void countBacklogs(database).catch(onError);
      const [numbers, flow, history, campaigns, lines, processes, latest] = await Promise.all([
        readHouseNumbers(database),
        readHistoryNow(database),
        readHistory(database, span),
        readCampaignNumbers(database),
        listLineReportsAsCounted(database),
        listProcesses(database),
        readLatestMessages(database, messagesShown),
      ]);
      const shown = inOrder(lines, 'look').slice(0, linesShown);
      return overviewPage(
        { visitor, span, numbers, flow, history, campaigns, lines: shown, lineCount: lines.length, processes, latest },
        now(),
      );
    }),
  );

  /** What the figures draw: the same numbers as in the tables of the page. */
  app.get<Asked>(
    '/history.json',
    guard.page('view', async (_visitor, request, reply) => {
      const span = historySpanOf((request.query as Asked['Querystring']).span);
      const history = await readHistory(database, span);
      const at = history.map((bucket) => bucket.at.getTime() / 1_000);
      return reply.type('application/json; charset=utf-8').send({ span, at, figures: figuresOf(history, span) });
    }),
  );
}
