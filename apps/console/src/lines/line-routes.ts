import { countBacklogs } from '@pombo/db/backlog-count.ts';
import { listCustomers } from '@pombo/db/customers.ts';
import { readLatestAttempts } from '@pombo/db/line-attempts.ts';
import { listCampaignsOfLine } from '@pombo/db/line-campaigns.ts';
import { listLineReportsAsCounted, readLineReportAsCounted } from '@pombo/db/line-report.ts';
import type { FastifyInstance } from 'fastify';
import { lineIdIn } from './line-address.ts';
import { linePage } from './line-page.ts';
import type { LineRoomParts } from './line-room-parts.ts';
import { linesPage } from './lines-page.ts';
import { partOf, readLinesView } from './lines-view.ts';

const attemptsRead = 300;
const campaignsShown = 20;

export function lineRoutes(app: FastifyInstance, { database, prisma, guard, now, onError }: LineRoomParts): void {
  // Workers count all the time, but a page must be true without any. If it cannot be counted, the last count is shown.
  const count = () => countBacklogs(database).catch(onError);

  app.get(
    '/lines',
    guard.page('view', async (visitor, { query }) => {
      await count();
      const view = readLinesView(query);
      const [lines, customers] = await Promise.all([listLineReportsAsCounted(database, view), listCustomers(prisma)]);
      return linesPage({ visitor, view, part: partOf(lines, view), customers }, now());
    }),
  );

  app.get(
    '/lines/:line',
    guard.page('view', async (visitor, request, reply) => {
      const lineId = lineIdIn(request);
      if (lineId === null) return reply.callNotFound();
      await count();
      const line = await readLineReportAsCounted(database, lineId);
      if (line === null) return reply.callNotFound();
      const [attempts, campaigns] = await Promise.all([
        readLatestAttempts(database, lineId, attemptsRead),
        listCampaignsOfLine(database, lineId, campaignsShown),
      ]);
      return linePage({ visitor, line, attempts, campaigns, query: request.query }, now());
    }),
  );
}
