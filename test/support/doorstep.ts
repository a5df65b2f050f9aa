import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type Api, openApi } from '@pombo/api/api.ts';
import type { CampaignLimits } from '@pombo/api/campaigns/campaign-parts.ts';
import type { AcceptLimits } from '@pombo/db/accept.ts';
import { type Database, openDatabase } from '@pombo/db/database.ts';
import { hashPassword } from '@pombo/db/password.ts';
import { hashToken, newToken, tokenName } from '@pombo/db/token.ts';
import { createLogger } from '@pombo/observe/logger.ts';
import { createMetrics, type Metrics } from '@pombo/observe/metrics.ts';
import { openQueue } from '@pombo/queue/open-queue.ts';
import type { MessageQueue } from '@pombo/queue/queue.ts';
import { startPostgres, type TestPostgres } from './postgres-server.ts';

/** API processes without a worker: what becomes of a message is written by the test. */
export interface Doorstep {
  readonly postgres: TestPostgres;
  readonly database: Database;
  readonly queue: MessageQueue;
  /** Everything that was logged so far. */
  readonly logged: () => string;
  openApi(options?: ApiOptions): Promise<TestApi>;
  addCustomer(): Promise<string>;
  addToken(customerId: string, options?: { maySend?: boolean; token?: string }): Promise<string>;
  addUser(customerId: string, username: string, password: string): Promise<void>;
  addLine(customerId: string, options?: LineOptions): Promise<string>;
  /** Writes the final word as a worker would, and says so to the process that waits. */
  settle(messageId: string, outcome: SettledAs): Promise<void>;
  rows(): Promise<number>;
  stop(): Promise<void>;
}

export interface LineOptions {
  class?: string;
  active?: boolean;
  token?: string;
  pageId?: string;
  /** None by default: nobody delivers here, so a pace would soon make a line full. */
  pace?: number;
  onUnknown?: 'hold' | 'resend';
  validitySeconds?: number;
}

export interface SettledAs {
  status: 'OK' | 'ERROR' | 'WR' | 'CANCELED';
  returnCode: number | null;
  returnId?: string;
  announce?: boolean;
}

interface ApiOptions {
  /** Patient by default: on a busy machine a connection may take longer than a caller would want to wait. */
  connectTimeoutMs?: number;
  syncWaitMs?: number;
  maxWaiting?: number;
  acceptLimits?: Partial<AcceptLimits>;
  campaignLimits?: Partial<CampaignLimits>;
  trustProxy?: readonly string[];
  /** What the process takes for its database. */
  seeDatabase?: (own: Database) => Database;
}

export interface TestApi {
  readonly api: Api;
  readonly metrics: Metrics<'api'>;
  readonly port: number;
  ask(options: Ask): Promise<Reply>;
  close(): Promise<void>;
}

export interface Ask {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** The address the call comes from, told by a trusted proxy. */
  from?: string;
  signal?: AbortSignal;
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export const sendPath = '/api/v2/MakeMessenger.php';

export async function openDoorstep(): Promise<Doorstep> {
  const postgres = await startPostgres();
  const databaseUrl = await postgres.migratedDatabase({ queue: true });
  const database = openDatabase({ url: databaseUrl, poolSize: 4, name: 'test', onError: () => {} });
  const place = { backend: 'postgres', url: databaseUrl } as const;
  const silent = { info() {}, warn() {} };
  const queue = await openQueue({ place, role: 'producer', logger: silent });
  const lines: string[] = [];
  const logger = createLogger({
    name: 'api',
    level: 'debug',
    stream: { write: (line: string) => void lines.push(line) },
  });
  const stops: (() => Promise<unknown>)[] = [];
  let processes = 0;

  async function one(text: string, values: unknown[]): Promise<string> {
    const [row] = await database.query<{ id: string }>(text, values);
    if (!row) throw new Error('nothing was inserted');
    return row.id;
  }

  return {
    postgres,
    database,
    queue,
    logged: () => lines.join(''),
    async openApi({
      connectTimeoutMs = 5_000,
      syncWaitMs = 12_000,
      maxWaiting = 1000,
      acceptLimits = {},
      campaignLimits = {},
      trustProxy = ['loopback'],
      seeDatabase = (own: Database) => own,
    } = {}) {
      processes += 1;
      const number = processes;
      const own = openDatabase({
        url: databaseUrl,
        poolSize: 10,
        name: `api ${number}`,
        connectTimeoutMs,
        onError: () => {},
      });
      const ownQueue = await openQueue({ place, role: 'producer', logger: silent });
      const metrics = createMetrics({ process: 'api' });
      const api = await openApi({
        database: seeDatabase(own),
        queue: ownQueue,
        metrics,
        logger,
        tracing: null,
        processId: `api-${number}`,
        trustProxy,
        maxWaiting,
        syncWaitMs,
        acceptLimits,
        campaignLimits,
        // It shares its event loop with the test and all that the test has to load.
        maxEventLoopDelayMs: 60_000,
        version: '0.0.0',
      });
      await api.app.listen({ host: '127.0.0.1', port: 0 });
      const address = api.app.server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      let closed: Promise<void> | null = null;
      const close = () => {
        closed ??= (async () => {
          await api.close(1000);
          await ownQueue.close();
          await own.close();
        })();
        return closed;
      };
      stops.push(close);
      return { api, metrics, port, ask: (options) => ask(port, options), close };
    },
    addCustomer: () => one("INSERT INTO cd_customer (cdcs_name) VALUES ('test') RETURNING cdcs_id AS id", []),
    async addToken(customerId, { maySend = true, token = newToken() } = {}) {
      await database.query(
        'INSERT INTO cd_psid (cdcs_id, psid_hash, psid_name, psid_may_send) VALUES ($1, $2, $3, $4)',
        [customerId, hashToken(token), tokenName(token), maySend],
      );
      return token;
    },
    async addUser(customerId, username, password) {
      await database.query(
        'INSERT INTO cd_customer_user (cdcs_id, cdcu_username, cdcu_password_hash) VALUES ($1, $2, $3)',
        [customerId, username, await hashPassword(password)],
      );
    },
    addLine: (customerId, line = {}) =>
      one(
        `INSERT INTO cd_v8_line (cdcs_id, v8l_class, v8l_active, v8l_wa_api_key, v8l_fb_page_id, v8l_validity_seconds,
           v8l_pace, v8l_media_pace, v8l_on_unknown)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8) RETURNING v8l_id AS id`,
        [
          customerId,
          line.class ?? 'messenger',
          line.active ?? true,
          line.token ?? 'sealed',
          line.pageId ?? '100200300',
          line.validitySeconds ?? 86_400,
          line.pace ?? 0,
          line.onUnknown ?? 'hold',
        ],
      ),
    async settle(messageId, { status, returnCode, returnId, announce = true }) {
      const [row] = await database.query<{ origin: string | null }>('SELECT origin FROM delivery WHERE cdls_id = $1', [
        messageId,
      ]);
      await database.query(
        `WITH ended AS (DELETE FROM delivery WHERE cdls_id = $1 AND $2 <> 'WR' RETURNING cdcs_id, v8l_id),
           doubtful AS (UPDATE delivery SET state = 'unknown' WHERE cdls_id = $1 AND $2 = 'WR'),
           listed AS (INSERT INTO unsent_message SELECT cdcs_id, $2, $1::bigint, v8l_id FROM ended WHERE $2 IN ('ERROR', 'CANCELED'))
         UPDATE cdls SET cdls_status = $2, cdls_return_code = $3, cdls_return_id = $4, cdls_settled_at = now() WHERE cdls_id = $1::bigint`,
        [messageId, status, returnCode, returnId ?? null],
      );
      if (announce && row?.origin) await queue.signals.announce(row.origin, [{ messageId, outcome: null }]);
    },
    async rows() {
      const [row] = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM cdls');
      return row?.count ?? 0;
    },
    async stop() {
      await Promise.all(stops.map((stop) => stop()));
      await queue.close();
      await database.close();
      await postgres.stop();
    },
  };
}

/** One request as bytes: nothing between the test and the wire repairs what is wrong with it. */
function ask(
  port: number,
  { method = 'POST', path = sendPath, headers = {}, body, from, signal }: Ask,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: false,
      headers: {
        ...headers,
        ...(from !== undefined && { 'x-forwarded-for': from }),
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
      ...(signal && { signal }),
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(parts).toString() }),
      );
    });
    request.end(body);
  });
}
