import pg from 'pg';

/** Everything a process needs to talk to PostgreSQL: one pool, and what happened to a statement as a value. */
export interface Database {
  readonly pool: pg.Pool;
  /** One statement in its own transaction. Rejects with what PostgreSQL or the socket said; see FateUnknownError. */
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The same, telling apart "it certainly did nothing" from "nobody knows". */
  attempt<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<StatementFate<Row>>;
  /** `waiting`: callers for whom no connection is free, nor may one more be opened. */
  poolUse(): { total: number; idle: number; waiting: number };
  close(): Promise<void>;
}

export type StatementFate<Row> =
  | { kind: 'done'; rows: Row[] }
  /** PostgreSQL refused it, or it was never handed over: nothing was changed and nothing will be. */
  | { kind: 'undone'; reason: 'refused' | 'unreachable'; error: Error }
  /** It was handed over and no answer came: it may have been committed. */
  | { kind: 'fate_unknown'; error: Error };

/** The statement was handed over and no answer came: it may have been committed. */
export class FateUnknownError extends Error {
  override name = 'FateUnknownError';

  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

/** The rows; what kept them from being there is thrown. */
export function rowsOf<Row>(fate: StatementFate<Row>): Row[] {
  if (fate.kind === 'done') return fate.rows;
  throw fate.kind === 'undone' ? fate.error : new FateUnknownError(fate.error);
}

/** The name of the constraint a statement would have broken. */
export function brokenRule(error: Error): string | null {
  return (error instanceof pg.DatabaseError && error.constraint) || null;
}

export interface DatabaseOptions {
  url: string;
  poolSize: number;
  /** Shown in pg_stat_activity. */
  name: string;
  /** Give up on a new connection, or on a free one, after this long. */
  connectTimeoutMs?: number;
  /** Give up on an answer after this long: a silent socket must not hold a caller for ever. */
  answerTimeoutMs?: number;
  onError: (error: Error) => void;
}

/** Opens nothing yet: the pool connects with the first statement. */
export function openDatabase(options: DatabaseOptions): Database {
  const { answerTimeoutMs = 10_000 } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    application_name: options.name,
    Client: SteadyClient,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 900,
    query_timeout: answerTimeoutMs,
    // The server gives up a moment before we do. A statement we had given up on could still be carried out there: a
    // claim, for instance, whose call nobody would make.
    statement_timeout: Math.max(500, answerTimeoutMs - 1_000),
    // Shorter than an answer may take, so that a silent network costs one time-out: by then the idle connections, as
    // silent as the one that was asked, are gone.
    idleTimeoutMillis: 0.8 * answerTimeoutMs,
  });
  // An idle connection that dies says so here; without a listener it would end the process.
  pool.on('error', options.onError);

  return {
    pool,
    async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) {
      return rowsOf(await attempt<Row>(pool, text, values));
    },
    attempt: (text, values) => attempt(pool, text, values),
    poolUse() {
      const { totalCount: total, idleCount: idle, waitingCount } = pool;
      // What is free is handed out, and one more opened, a moment after somebody has asked. That is no waiting.
      return { total, idle, waiting: Math.max(0, waitingCount - idle - (options.poolSize - total)) };
    },
    close: () => pool.end(),
  };
}

/**
 * A connection may say a last word when nobody listens: between two owners, or after we have thrown it away. An error
 * event without a listener would end the process; whoever uses the connection hears of the error by its statement.
 */
class SteadyClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => {});
  }
}

async function attempt<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  text: string,
  values: readonly unknown[],
): Promise<StatementFate<Row>> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    return { kind: 'undone', reason: 'unreachable', error: asError(error) };
  }
  try {
    const own = [...values];
    const { rows } = await client.query<Row>({ name: statementName(text), text, values: own });
    // Finished queries hold on to one another until a full collection. What they were asked with may be large.
    own.length = 0;
    client.release();
    return { kind: 'done', rows };
  } catch (thrown) {
    const error = asError(thrown);
    const refused = saysNothingWasDone(error);
    // After anything but a plain refusal the connection's state is unknown: it is thrown away.
    client.release(!refused);
    return refused ? { kind: 'undone', reason: 'refused', error } : { kind: 'fate_unknown', error };
  }
}

const names = new Map<string, string>();

/** Prepared once per connection under a short name. The set of texts is small and fixed: they are all in our source. */
function statementName(text: string): string {
  const known = names.get(text);
  if (known) return known;
  const name = `s${names.size + 1}`;
  names.set(text, name);
  return name;
}

/**
 * True when PostgreSQL itself answered with an error of the statement. Class 57 (shutdown, crash of a neighbour)
 * and 08 (connection) are left out: those may arrive after the commit record was written.
 */
function saysNothingWasDone(error: Error): boolean {
  return error instanceof pg.DatabaseError && error.code !== undefined && !/^(57P|08|XX|58)/.test(error.code);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
