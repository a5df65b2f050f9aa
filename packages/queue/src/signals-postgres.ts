import { Client, type Pool } from 'pg';
import type { Report } from './quiet-errors.ts';
import type { Wire } from './signals.ts';
import { pause, within } from './time-box.ts';

/** A LISTEN connection can die in silence; this is how soon it is noticed (plus the time-out of the question). */
const heartbeatMs = 4_000;
const answerMs = 3_000;
const reconnectMs = 500;

/**
 * Signals as LISTEN/NOTIFY. Listening has a connection of its own, re-made and re-LISTENed whenever it is lost; sending
 * goes through `sender`, one statement per batch. Needs a direct or session-pooled connection.
 */
export function postgresWire(url: string, sender: Pool, report: Report): Wire {
  const listeners = new Map<string, Set<(payload: string) => void>>();
  const closed = new AbortController();
  let client: Client | undefined;
  let connected = Promise.withResolvers<void>();

  const listening = keepListening();

  async function keepListening(): Promise<void> {
    while (!closed.signal.aborted) {
      const candidate = new Client({
        connectionString: url,
        application_name: 'pombo signals',
        keepAlive: true,
        connectionTimeoutMillis: answerMs,
        query_timeout: answerMs,
      });
      try {
        await serve(candidate);
      } catch (error) {
        if (!closed.signal.aborted) report('listen', error);
      }
      if (client) connected = Promise.withResolvers();
      client = undefined;
      await within(1_000, 'hang up', candidate.end()).catch((error: unknown) => report('listen', error));
      await pause(reconnectMs, closed.signal);
    }
  }

  /** Listens on one connection until it is lost (rejects) or we close (resolves). */
  async function serve(candidate: Client): Promise<void> {
    const lost = new AbortController();
    let reason: unknown = new Error('the LISTEN connection ended');
    candidate.on('error', (error) => {
      reason = error;
      lost.abort();
    });
    candidate.on('end', () => lost.abort());
    candidate.on('notification', ({ channel, payload }) => {
      for (const hear of listeners.get(channel) ?? []) hear(payload ?? '');
    });

    await candidate.connect();
    client = candidate;
    await Promise.all(
      [...listeners.keys()].map((name) => candidate.query(`LISTEN ${candidate.escapeIdentifier(name)}`)),
    );
    connected.resolve();

    const stop = AbortSignal.any([lost.signal, closed.signal]);
    while (!stop.aborted) {
      await pause(heartbeatMs, stop);
      if (!stop.aborted) await candidate.query('SELECT 1');
    }
    if (!closed.signal.aborted) throw reason;
  }

  /** A failure is reported only: whatever broke this connection brings a new one, which LISTENs to all names. */
  async function tell(verb: 'LISTEN' | 'UNLISTEN', name: string): Promise<void> {
    try {
      await within(2_000, 'connect', connected.promise);
      await client?.query(`${verb} ${client.escapeIdentifier(name)}`);
    } catch (error) {
      report('listen', error);
    }
  }

  return {
    // NOTIFY refuses payloads of 8000 bytes and more.
    maxPayloadBytes: 7_900,
    async send(messages) {
      const names = messages.map(({ channel }) => `pombo_${channel}`);
      const payloads = messages.map(({ payload }) => payload);
      const sql = 'SELECT pg_notify(name, payload) FROM unnest($1::text[], $2::text[]) AS m (name, payload)';
      await within(2_000, 'notify', sender.query(sql, [names, payloads]));
    },
    async listen(channel, hear) {
      const name = `pombo_${channel}`;
      const hearing = listeners.get(name) ?? new Set();
      listeners.set(name, hearing.add(hear));
      await tell('LISTEN', name);
      return async () => {
        hearing.delete(hear);
        if (hearing.size > 0 || listeners.get(name) !== hearing) return;
        listeners.delete(name);
        if (client) await tell('UNLISTEN', name);
      };
    },
    async close() {
      listeners.clear();
      closed.abort();
      await listening;
    },
  };
}
