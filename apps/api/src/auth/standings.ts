import { type AddressStanding, readStanding } from '@pombo/db/addresses.ts';
import type { Database } from '@pombo/db/database.ts';
import type { ChangesWatch } from '../changes-watch.ts';
import { createFreshCache } from '../fresh-cache.ts';
import { trialLimits } from './login-trials.ts';
import type { Networks } from './networks.ts';

/** What an address hears before anybody looks at its credentials; null when it is welcome to try. */
export type AddressRefusal = 'ipBlocked' | 'ipTrialsExceeded' | null;

export interface Standings {
  /** Of every request. Cached under the rule of `changes`. */
  of(address: string): AddressRefusal | Promise<AddressRefusal>;
  /** From the database, for an attempt that is about to be counted. */
  read(address: string): Promise<AddressRefusal>;
  /** The address has just been blocked or banned by this process. */
  forget(address: string): void;
}

interface KeptStanding extends AddressStanding {
  readAt: number;
}

/** A block ends by itself, so it is asked about again this often. */
const blockKeptMs = 1000;
const maxAddresses = 20_000;

export function openStandings(options: {
  database: Database;
  watch: ChangesWatch;
  neverBanned: Networks;
  now: () => number;
}): Standings {
  const { database, watch, neverBanned, now } = options;
  const cache = createFreshCache<KeptStanding>(watch, maxAddresses);

  const ask = async (address: string): Promise<KeptStanding> => {
    const readAt = now();
    const { banned, blockedForMs } = await readStanding(database, address, trialLimits.address.points);
    return { banned: banned && !neverBanned.has(address), blockedForMs, readAt };
  };
  const isOver = (standing: KeptStanding) => standing.blockedForMs > 0 && now() - standing.readAt > blockKeptMs;

  return {
    of(address) {
      const known = cache.peek(address);
      if (known && !isOver(known)) return refusalOf(known);
      if (known) cache.forget(address);
      return cache.get(address, () => ask(address)).then(refusalOf);
    },
    read: async (address) => refusalOf(await ask(address)),
    forget: (address) => cache.forget(address),
  };
}

function refusalOf(standing: AddressStanding | null): AddressRefusal {
  if (standing?.banned) return 'ipBlocked';
  return standing && standing.blockedForMs > 0 ? 'ipTrialsExceeded' : null;
}
