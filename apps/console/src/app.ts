import { countBacklogs } from '@pombo/db/backlog-count.ts';
import type { Database } from '@pombo/db/database.ts';
import { listLineReportsAsCounted } from '@pombo/db/line-report.ts';
import { readLatestMessages, readStateTotals } from '@pombo/db/overview.ts';
import { answerHealth, type Ready } from '@pombo/observe/health.ts';
import { type FastifyInstance, fastify } from 'fastify';
import { html } from './html.ts';
import { worthALook } from './line-table.ts';
import { overviewPage } from './overview-page.ts';
import { contentSecurityPolicy, page } from './page.ts';
import { createSessions, sessionMs } from './session.ts';
import { signInPage } from './sign-in-page.ts';

export interface ConsoleParts {
  database: Database;
  adminToken: string;
  ready: Ready;
  now: () => Date;
  /** What could not be answered, for the log. */
  onError: (error: unknown) => void;
}

const cookieName = 'pombo_console';
const linesShown = 200;
const messagesShown = 50;

/** The operator's pages. */
export function buildConsole({ database, adminToken, ready, now, onError }: ConsoleParts): FastifyInstance {
  const app = fastify({ bodyLimit: 4096, forceCloseConnections: true });
  const sessions = createSessions(adminToken);

  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );
  app.addHook('onSend', async (_request, reply) => {
    reply.headers({
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error.statusCode !== undefined && error.statusCode < 500)
      return reply.code(error.statusCode).send(error.message);
    onError(error);
    const sentence = 'The database does not answer just now. This page tries again by itself.';
    return reply
      .code(503)
      .type('text/html; charset=utf-8')
      .send(page('Pombo', html`<h1>Pombo</h1><p class="bad">${sentence}</p>`, 5));
  });

  app.get('/', async (request, reply) => {
    reply.type('text/html; charset=utf-8');
    if (!sessions.isOpen(cookieOf(request.headers.cookie), now().getTime())) return signInPage(false);
    // Workers count all the time, but the page must be true without any. If it cannot be counted, the last count is shown.
    await countBacklogs(database).catch(onError);
    const [lines, totals, latest] = await Promise.all([
      listLineReportsAsCounted(database),
      readStateTotals(database),
      readLatestMessages(database, messagesShown),
    ]);
    return overviewPage({ lines: worthALook(lines, linesShown), totals, latest }, now());
  });
  app.post('/sign-in', async (request, reply) => {
    const token = request.body instanceof URLSearchParams ? (request.body.get('token') ?? '') : '';
    if (!sessions.isAdmin(token)) return reply.code(401).type('text/html; charset=utf-8').send(signInPage(true));
    return reply.header('set-cookie', cookie(sessions.open(now().getTime()), sessionMs / 1000)).redirect('/', 303);
  });
  app.post('/sign-out', async (_request, reply) => reply.header('set-cookie', cookie('', 0)).redirect('/', 303));
  for (const path of ['/healthz', '/readyz']) {
    app.get(path, async (_request, reply) => {
      const answer = await answerHealth(path, ready);
      return reply.code(answer?.statusCode ?? 404).send(answer?.body);
    });
  }
  return app;
}

/** Out of reach of scripts, and never sent along with what another site starts. */
function cookie(value: string, maxAgeSeconds: number): string {
  return `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}`;
}

function cookieOf(header: string | undefined): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === cookieName)?.[1];
}
