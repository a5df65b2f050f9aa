import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Backend, type House, openHouse } from '../support/house.ts';
import type { Program } from '../support/program.ts';
import { untilNothingPending } from '../support/rows.ts';
import { noHarm, verdictOnLine } from '../support/verdict.ts';

/** `npm test` plays each fault small, `npm run test:fault` at full length: 20 000 sends take 67 s at this pace. */
const long = process.env.POMBO_FAULTS === 'long';
const { messages, pace, kills } = long
  ? { messages: 20_000, pace: 300, kills: 30 }
  : { messages: 600, pace: 100, kills: 3 };
const killEveryMs = 2_000;

describe.concurrent.each<Backend>(['redis', 'postgres'])(
  'workers killed one after the other, the queue on %s',
  (backend) => {
    let house: House | null = null;
    afterEach(() => house?.stop());

    it('nothing lost, nothing twice, and only what a killed one had open is unknown', async ({ skip }) => {
      house = await openHouse({ backend, latency: 150 });
      if (!house) return skip();
      const lineId = await house.addLine(pace);
      const crew = Array.from({ length: 3 }, hire);
      await Promise.all(crew);
      const promised = await house.send(lineId, messages);
      await house.simulator.ledger.whenAccepted(20);

      const victims: string[] = [];
      let openAtKills = 0;
      for (let kill = 0; kill < kills; kill += 1) {
        const victim = await crew.shift();
        await victim?.end('SIGKILL');
        const name = `${hostname()}:${victim?.pid}`;
        victims.push(name);
        crew.push(hire());
        // Meanwhile what it had asked for last is committed, too, and its leases are not over yet.
        await pause(killEveryMs);
        openAtKills += await openAttemptsOf(house, name);
      }
      await Promise.all(crew);
      if (!long) await endLeasesOf(house, victims);
      await untilNothingPending(house.database, lineId, 300_000);

      const verdict = await verdictOnLine(house, lineId, promised);
      expect(verdict).toMatchObject(noHarm);
      expect(verdict.sent + verdict.unknown).toBe(messages);
      expect(verdict.unknown).toBeLessThanOrEqual(openAtKills);
      expect(verdict.sent).toBeGreaterThanOrEqual(0.8 * messages);
      expect(openAtKills).toBeGreaterThan(0);

      function hire(): Promise<Program> {
        if (!house) throw new Error('the house is gone');
        return house.startWorker({ WORKER_CONCURRENCY: '60' });
      }
    });
  },
);

async function openAttemptsOf(house: House, worker: string): Promise<number> {
  const rows = await house.database.query('SELECT FROM attempt WHERE worker = $1 AND closed_at IS NULL', [worker]);
  return rows.length;
}

/** The short form does not wait for the leases of the dead: the database is told that they are over. */
async function endLeasesOf(house: House, workers: readonly string[]): Promise<void> {
  await house.database.query(
    `UPDATE delivery d SET lease_until = clock_timestamp() - interval '1 second' FROM attempt a
      WHERE d.state = 'sending' AND a.cdls_id = d.cdls_id AND a.number = d.attempt AND a.worker = ANY ($1)`,
    [workers],
  );
}
