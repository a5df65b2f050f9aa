import type { Pool, PoolClient } from 'pg';
import type { Report } from './quiet-errors.ts';
import { within } from './time-box.ts';

const heartbeatMs = 4_000;
/** Longer than the pool keeps an idle connection: what replaces a silent one must not be as silent as it was. */
const answerMs = 6_000;

/**
 * Asks the pool's connections on which somebody waits for notifications whether they still live. BullMQ keeps one per
 * worker and asks it nothing: gone silent, it would bring no wake-up ever again, and every note would lie until the
 * next look. BullMQ takes a new one when the old one has an error, so that is what a missing answer becomes.
 */
export function watchListeners(pool: Pool, report: Report): { stop(): void } {
  const out = new Set<PoolClient>();
  pool.on('acquire', (client) => void out.add(client));
  pool.on('release', (_error, client) => void out.delete(client));
  pool.on('remove', (client) => void out.delete(client));

  async function askForLife(client: PoolClient): Promise<void> {
    try {
      await within(answerMs, 'listening', client.query('SELECT 1'));
    } catch (error) {
      report('listen', error);
      if (out.has(client)) client.emit('error', error);
    }
  }

  const asked = new Set<PoolClient>();
  const timer = setInterval(() => {
    for (const client of out) {
      if (asked.has(client) || client.listenerCount('notification') === 0) continue;
      asked.add(client);
      void askForLife(client).finally(() => asked.delete(client));
    }
  }, heartbeatMs).unref();
  return { stop: () => clearInterval(timer) };
}
