import type { World } from './world.ts';

const columns = {
  delivery: ['due_at', 'expires_at', 'lease_until', 'unknown_at', 'accepted_at', 'released_at'],
  line_gate: [
    'text_next_at',
    'media_next_at',
    'active_at',
    'blocked_until',
    'pace_share_at',
    'trial_at',
    'held_until',
    'probe_at',
  ],
  cd_v8_line: ['v8l_parked_at', 'v8l_parked_until'],
  duplicate_window: ['accepted_at'],
} as const;

/**
 * The database's clock jumps by so many seconds, ahead or back, for these lines: everything they remember moves the other
 * way. Idempotency keys stay where they are, so that one run never outlives its keys.
 */
export async function jumpAll({ database, lineIds, clock }: World, seconds: number): Promise<void> {
  clock.at += seconds;
  clock.highest = Math.max(clock.highest, clock.at);
  for (const [table, names] of Object.entries(columns)) {
    const shifted = names.map((name) => `${name} = ${name} - $2 * interval '1 second'`).join(', ');
    await database.query(`UPDATE ${table} SET ${shifted} WHERE v8l_id = ANY ($1::bigint[])`, [lineIds, seconds]);
  }
}
