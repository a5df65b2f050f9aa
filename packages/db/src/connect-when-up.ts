import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

/**
 * One connection of its own; waits up to `startupMs` for a PostgreSQL that is not there yet or still starting, unless
 * `givenUp` is aborted before.
 */
export async function connectWhenUp(
  databaseUrl: string,
  name: string,
  startupMs: number,
  givenUp?: AbortSignal,
): Promise<Client> {
  const giveUpAt = performance.now() + startupMs;
  for (;;) {
    const client = new Client({
      connectionString: databaseUrl,
      application_name: name,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => {
      // The question under way, or the next one, rejects with the same error.
    });
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      if (!mayPass(error) || performance.now() > giveUpAt || givenUp?.aborted) throw error;
      await pause(100);
    }
  }
}

/** Refused or reset connections, and PostgreSQL's "is starting up", "is shutting down" and "too many connections". */
function mayPass(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return ['ECONNREFUSED', 'ECONNRESET', '57P03', '57P01', '53300'].includes(code);
}
