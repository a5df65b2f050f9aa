import { lanes } from '@pombo/domain/lane.ts';
import { runMigrations } from 'bullmq';
import { Client } from 'pg';
import { laneQueueName } from './lane-queue-name.ts';

/** BullMQ 6.7 looks for its ledger here, whatever the pool's search_path says. */
export const queueSchema = 'bullmq';

const tuningLock = 'pombo: tune the queue';

/**
 * Brings BullMQ's schema up to date and makes it fit for our use. Safe to repeat, and from several processes at once.
 * Run it before any queue is opened on this database. Rejects when the database cannot be reached or refuses.
 *
 * @param databaseUrl of a role that may create the schema `bullmq`, directly or through a session pooler
 */
export async function migrateQueue(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'pombo migrate-queue' });
  client.on('error', () => {
    // The query under way rejects with the same error.
  });
  await client.connect();
  try {
    await runMigrations(client, queueSchema);
    await tune(client);
  } finally {
    await client.end();
  }
}

async function tune(client: Client): Promise<void> {
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [tuningLock]);
  // Every job is a dead row within seconds. At the default of 20 % autovacuum comes late, and fetching gets slower
  // and slower over the dead rows.
  for (const table of ['job', 'event']) {
    await client.query(
      `ALTER TABLE ${queueSchema}.${table} SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500)`,
    );
  }
  // The first add to a queue creates a sequence; done here, so that no message waits for DDL and its lock.
  for (const lane of lanes) {
    await client.query(`SELECT ${queueSchema}.next_job_id($1)`, [laneQueueName(lane)]);
  }
  await client.query('COMMIT');
}
