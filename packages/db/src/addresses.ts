import { type Actor, writeAudit } from './audit.ts';
import type { Database } from './database.ts';
import type { Prisma } from './prisma.ts';
import { addressCounter } from './sign-in-trials.ts';

/** The counters of failed logins an address has; the word before the colon in `login_trial.key`. */
export const addressTrials = ['address', 'failure', 'password', 'token'] as const;

export type AddressTrial = (typeof addressTrials)[number];

/** Where an address stands: welcome, blocked until a window passes, or banned until an operator lifts it. */
export interface AddressStanding {
  banned: boolean;
  /** Milliseconds left of the block; 0: not blocked. */
  blockedForMs: number;
}

/**
 * Reads the ban and the short block of one address. `limit` failed attempts inside their window are a block.
 * The counting library writes the window's end as epoch milliseconds.
 */
export async function readStanding(database: Database, address: string, limit: number): Promise<AddressStanding> {
  const [row] = await database.query<AddressStanding>(
    `SELECT EXISTS (SELECT FROM cd_ip_blacklist WHERE cdib_address = $1) AS banned,
       coalesce((SELECT greatest(0, expire - extract(epoch FROM clock_timestamp()) * 1000) FROM login_trial
                 WHERE key = $2 AND points >= $3), 0)::float8 AS "blockedForMs"`,
    [address, trialKey('address', address), limit],
  );
  return row ?? { banned: false, blockedForMs: 0 };
}

/**
 * Bans an address for good and forgets its counters in the same statement, so that lifting the ban is a clean start:
 * an old count would bring the ban back with the next failure.
 */
export async function banAddress(database: Database, address: string, reason: string): Promise<void> {
  await database.query(
    `WITH forgotten AS (DELETE FROM login_trial WHERE key = ANY ($3::text[]))
     INSERT INTO cd_ip_blacklist (cdib_address, cdib_reason) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
    [address, reason, trialKeys(address)],
  );
}

/** Lifts a ban and any block of the address. False when it had no ban. */
export function unbanAddress(prisma: Prisma, by: Actor, address: string): Promise<boolean> {
  return prisma.$transaction(async (tx) => {
    await tx.loginTrial.deleteMany({ where: { key: { in: trialKeys(address) } } });
    // Short blocks have no trigger that says so.
    await tx.$executeRaw`UPDATE changes SET counter = counter + 1`;
    const { count } = await tx.bannedAddress.deleteMany({ where: { address } });
    await writeAudit(tx, by, { action: 'lift ban', object: address });
    return count > 0;
  });
}

/** The key of a counter, as the counting library builds it from its prefix. */
function trialKey(trial: AddressTrial, address: string): string {
  return `${trial}:${address}`;
}

function trialKeys(address: string): string[] {
  return [...addressTrials.map((trial) => trialKey(trial, address)), addressCounter(address)];
}
