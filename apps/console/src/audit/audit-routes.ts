import { listAudit } from '@pombo/db/audit.ts';
import type { FastifyInstance } from 'fastify';
import type { RoomParts } from '../room-parts.ts';
import { auditPage } from './audit-page.ts';
import { readAuditQuery } from './audit-query.ts';

const entriesShown = 100;

export function auditRoutes(app: FastifyInstance, { prisma, guard }: RoomParts): void {
  app.get(
    '/audit',
    guard.page('view', async (visitor, request) => {
      const { fields, filter } = readAuditQuery(request.query);
      // One more than is shown, which tells whether there are more.
      const entries = filter === null ? null : await listAudit(prisma, entriesShown + 1, filter);
      const goesOn = (entries?.length ?? 0) > entriesShown;
      return auditPage({ visitor, fields, entries: entries?.slice(0, entriesShown) ?? null, goesOn });
    }),
  );
}
