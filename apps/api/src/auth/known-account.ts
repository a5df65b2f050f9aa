import type { Account } from '@pombo/db/credentials.ts';
import type { RefusalName } from '@pombo/domain/refusal.ts';
import { type Networks, networksOf } from './networks.ts';

/** An account whose credential was right, ready to be asked on every request. */
export interface KnownAccount {
  customerId: string;
  /** The token's name or the username. */
  name: string;
  maySend: boolean;
  active: boolean;
  tokensBlocked: boolean;
  /** Null: from anywhere. */
  allowed: Networks | null;
  /** On the process's monotonic clock. */
  endsAt: number;
}

export function knownAccount(account: Account, now: number): KnownAccount {
  const { customerId, name, maySend, active, tokensBlocked, networks, endsInMs } = account;
  return {
    customerId,
    name,
    maySend,
    active,
    tokensBlocked,
    allowed: networks.length > 0 ? networksOf(networks) : null,
    endsAt: endsInMs === null ? Number.POSITIVE_INFINITY : now + endsInMs,
  };
}

/** What still stands against a caller with the right credential, in the family's order; null: nothing. */
export function refusalOfAccount(account: KnownAccount, address: string, needsToSend: boolean): RefusalName | null {
  if (account.tokensBlocked) return 'tokensBlocked';
  if (!account.active) return 'accountInactive';
  if (account.allowed && !account.allowed.has(address)) return 'ipNotAllowed';
  if (needsToSend && !account.maySend) return 'permissionDenied';
  return null;
}
