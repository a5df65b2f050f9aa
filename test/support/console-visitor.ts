import { buildConsole } from '@pombo/console/app.ts';
import type { Database } from '@pombo/db/database.ts';
import type { Prisma } from '@pombo/db/prisma.ts';
import { openSeal } from '@pombo/db/seal.ts';
import { createLogger } from '@pombo/observe/logger.ts';
import type { LookableQueue } from '@pombo/queue/bull-queue.ts';
import { testPassword } from './operators.ts';

export type Console = ReturnType<typeof openConsole>;
export type Answer = Awaited<ReturnType<Console['get']>>;

interface Visit {
  cookie?: string;
  /** The address it comes from, told by a trusted proxy. */
  from?: string;
  headers?: Record<string, string>;
}

export const consoleHost = 'console.example';
export const adminToken = 'test-admin-token';

/** What only some pages ask. */
interface ConsoleGround {
  graphUrl?: string;
  laneQueues?: LookableQueue['laneQueues'];
}

/** One console process, and what a browser says to it. */
export function openConsole(
  database: Database,
  prisma: Prisma,
  { graphUrl = 'http://127.0.0.1:9', laneQueues = [] }: ConsoleGround = {},
) {
  const lines: string[] = [];
  const app = buildConsole({
    database,
    prisma,
    laneQueues,
    adminToken,
    trustProxy: ['loopback'],
    seal: openSeal([Buffer.alloc(32, 7)]),
    graph: { baseUrl: graphUrl, apiVersion: 'v26.0', appSecret: null },
    backlogHorizonMs: 24 * 3_600_000,
    ready: async () => [],
    now: () => new Date(),
    logger: createLogger({
      name: 'console',
      level: 'debug',
      stream: { write: (line: string) => void lines.push(line) },
    }),
    processId: 'console',
    onError: (error) => {
      throw error;
    },
  });
  const headersOf = ({ cookie, from = '192.0.2.1', headers = {} }: Visit) => ({
    host: consoleHost,
    'x-forwarded-for': from,
    ...(cookie ? { cookie } : {}),
    ...headers,
  });
  const get = (url: string, visit: Visit = {}) => app.inject({ url, headers: headersOf(visit) });
  const post = (url: string, fields: Record<string, string>, visit: Visit = {}) =>
    app.inject({
      url,
      method: 'POST',
      headers: {
        origin: `http://${consoleHost}`,
        'content-type': 'application/x-www-form-urlencoded',
        ...headersOf(visit),
      },
      body: new URLSearchParams(fields).toString(),
    });
  /** Whatever a browser may send, without a body. */
  const send = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, visit: Visit = {}) =>
    app.inject({ url, method, headers: { origin: `http://${consoleHost}`, ...headersOf(visit) } });
  return {
    get,
    post,
    send,
    /** Everything it has logged so far. */
    logged: () => lines.join(''),
    trySignIn: (name: string, password = testPassword, visit: Visit = {}) =>
      post('/sign-in', { name, password }, visit),
    /** The cookie of a new session. */
    async signIn(name: string, visit: Visit = {}): Promise<string> {
      const answer = await post('/sign-in', { name, password: testPassword }, visit);
      if (answer.statusCode !== 303) throw new Error(`${name} could not sign in: ${answer.body}`);
      return cookieOf(answer);
    },
  };
}

/** What the browser sends back of it. */
export function cookieOf(answer: Answer): string {
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

/** The value of the field that belongs to the session the page was shown to. */
export function formTokenIn(answer: Answer): string {
  return /name="form" value="([^"]+)"/.exec(answer.body)?.[1] ?? '';
}
