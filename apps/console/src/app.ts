import type { Database } from '@pombo/db/database.ts';
import type { Prisma } from '@pombo/db/prisma.ts';
import type { Seal } from '@pombo/db/seal.ts';
import { newToken } from '@pombo/db/token.ts';
import { answerHealth, type Ready } from '@pombo/observe/health.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import { openRequestIds } from '@pombo/observe/request-ids.ts';
import type { LookableQueue } from '@pombo/queue/bull-queue.ts';
import { type FastifyInstance, fastify } from 'fastify';
import { assetRoutes } from './assets/assets.ts';
import { auditRoutes } from './audit/audit-routes.ts';
import { bulkActionRoutes } from './bulk-actions/bulk-action-routes.ts';
import { campaignsRoutes } from './campaigns/campaigns-routes.ts';
import { lineActionRoutes } from './lines/line-action-routes.ts';
import type { GraphPlace } from './lines/line-room-parts.ts';
import { lineRoutes } from './lines/line-routes.ts';
import { messageRoutes } from './messages/message-routes.ts';
import { overviewRoutes } from './overview/overview-routes.ts';
import { html } from './page/html.ts';
import { page } from './page/page.ts';
import { securityHeaders } from './page/security-headers.ts';
import { sentencePage } from './page/sentence-page.ts';
import { queuesRoutes } from './queues/queues-routes.ts';
import { writeRequestLines } from './request-lines.ts';
import { isFromHere } from './sign-in/from-here.ts';
import { openGuard } from './sign-in/guard.ts';
import { openSignInDoor } from './sign-in/sign-in-door.ts';
import { signInRoutes, strangersPage } from './sign-in/sign-in-routes.ts';
import { isSecure } from './sign-in/visitor.ts';

export interface ConsoleParts {
  database: Database;
  prisma: Prisma;
  laneQueues: LookableQueue['laneQueues'];
  /** Makes the first operator. */
  adminToken: string;
  /** Proxies whose X-Forwarded-* headers count; empty: none. */
  trustProxy: readonly string[];
  /** Opens and seals the tokens of lines. */
  seal: Seal;
  graph: GraphPlace;
  /** A line's backlog may be as long as its pace needs this long for. */
  backlogHorizonMs: number;
  ready: Ready;
  now: () => Date;
  logger: Logger;
  /** Different in every process. */
  processId: string;
  /** What could not be answered, for the log. */
  onError: (error: unknown) => void;
}

/** The operator's pages. */
export function buildConsole(parts: ConsoleParts) {
  const { database, prisma, adminToken, ready, onError } = parts;
  const app = newServer(parts);
  writeRequestLines(app, parts.logger);
  refuseOthersPages(app);
  answerFaults(app, onError);
  const guard = openGuard(database, strangersPage(prisma));
  const door = openSignInDoor({ database, prisma, adminToken, newSessionId: newToken });

  assetRoutes(app);
  const room = { ...parts, guard };
  overviewRoutes(app, room);
  lineRoutes(app, room);
  lineActionRoutes(app, room);
  messageRoutes(app, room);
  bulkActionRoutes(app, room);
  campaignsRoutes(app, room);
  auditRoutes(app, room);
  queuesRoutes(app, room);
  signInRoutes(app, { prisma, door, guard });
  for (const path of ['/healthz', '/readyz']) {
    app.get(path, async (_request, reply) => {
      const answer = await answerHealth(path, ready);
      return reply
        .code(answer?.statusCode ?? 404)
        .type('application/json')
        .send(answer?.body);
    });
  }
  return app;
}

function newServer({ trustProxy, processId }: ConsoleParts): FastifyInstance {
  const requestIdOf = openRequestIds(processId);
  const app = fastify({
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']),
    bodyLimit: 4096,
    forceCloseConnections: true,
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
  });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );
  return app;
}

function refuseOthersPages(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders(isSecure(request))).type('text/html; charset=utf-8');
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (request.method === 'GET' || request.method === 'HEAD') return;
    if (isFromHere({ origin, site: site?.toString(), host: request.host })) return;
    return reply.code(403).send(sentencePage('This was not started by a page of this console.'));
  });
}

function answerFaults(app: FastifyInstance, onError: (error: unknown) => void): void {
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(sentencePage('There is no such page.')));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error.statusCode !== undefined && error.statusCode < 500)
      return reply.code(error.statusCode).send(sentencePage(error.message));
    onError(error);
    const again = request.method === 'GET' ? request.url : '/';
    const sentence = 'The database does not answer just now. This page tries again by itself.';
    return reply
      .code(503)
      .send(page({ title: 'Pombo', main: html`<h1>Pombo</h1><p class="bad">${sentence}</p>`, live: again }));
  });
}
