import { countBacklogs } from '@pombo/db/backlog-count.ts';
import type { Database } from '@pombo/db/database.ts';
import { listLineReportsAsCounted } from '@pombo/db/line-report.ts';
import { readLatestMessages, readStateTotals } from '@pombo/db/overview.ts';
import type { Prisma } from '@pombo/db/prisma.ts';
import { newToken } from '@pombo/db/token.ts';
import { answerHealth, type Ready } from '@pombo/observe/health.ts';
import { type FastifyInstance, fastify } from 'fastify';
import { isFromHere } from './from-here.ts';
import { openGuard } from './guard.ts';
import { html } from './html.ts';
import { worthALook } from './line-table.ts';
import { overviewPage } from './overview-page.ts';
import { page } from './page.ts';
import { securityHeaders } from './security-headers.ts';
import { sentencePage } from './sentence-page.ts';
import { openSignInDoor } from './sign-in-door.ts';
import { signInRoutes, strangersPage } from './sign-in-routes.ts';
import { isSecure } from './visitor.ts';

export interface ConsoleParts {
  database: Database;
  prisma: Prisma;
  /** Makes the first operator. */
  adminToken: string;
  /** Proxies whose X-Forwarded-* headers count; empty: none. */
  trustProxy: readonly string[];
  ready: Ready;
  now: () => Date;
  /** What could not be answered, for the log. */
  onError: (error: unknown) => void;
}

const linesShown = 200;
const messagesShown = 50;

/** The operator's pages. */
export function buildConsole({ database, prisma, adminToken, trustProxy, ready, now, onError }: ConsoleParts) {
  const app = newServer(trustProxy);
  answerFaults(app, onError);
  const guard = openGuard(database, strangersPage(prisma));
  const door = openSignInDoor({ database, prisma, adminToken, newSessionId: newToken });

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
      return overviewPage({ visitor, lines: worthALook(lines, linesShown), totals, latest }, now());
    }),
  );
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

function newServer(trustProxy: readonly string[]): FastifyInstance {
  const app = fastify({
    bodyLimit: 4096,
    forceCloseConnections: true,
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
  });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders(isSecure(request))).type('text/html; charset=utf-8');
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (request.method === 'GET' || request.method === 'HEAD') return;
    if (isFromHere({ origin, site: site?.toString(), host: request.host })) return;
    return reply.code(403).send(sentencePage('This was not started by a page of this console.'));
  });
  return app;
}

function answerFaults(app: FastifyInstance, onError: (error: unknown) => void): void {
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(sentencePage('There is no such page.')));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error.statusCode !== undefined && error.statusCode < 500)
      return reply.code(error.statusCode).send(sentencePage(error.message));
    onError(error);
    const again = request.method === 'GET' ? (request.url.split('?')[0] ?? '/') : '/';
    const sentence = 'The database does not answer just now. This page tries again by itself.';
    return reply.code(503).send(page('Pombo', html`<h1>Pombo</h1><p class="bad">${sentence}</p>`, again));
  });
}
