import { createHmac, hash, randomBytes } from 'node:crypto';
import { banAddress } from '@pombo/db/addresses.ts';
import { raiseChanges } from '@pombo/db/changes.ts';
import { findTokenAccount, findUserAccount } from '@pombo/db/credentials.ts';
import type { Database } from '@pombo/db/database.ts';
import type { PasswordDoor } from '@pombo/db/password.ts';
import { hashToken } from '@pombo/db/token.ts';
import type { RefusalName } from '@pombo/domain/refusal.ts';
import { LRUCache } from 'lru-cache';
import type { ChangesWatch } from '../changes-watch.ts';
import { createFreshCache } from '../fresh-cache.ts';
import type { Credentials } from './credentials.ts';
import { type KnownAccount, knownAccount, refusalOfAccount } from './known-account.ts';
import { openLoginTrials, type TrialKey, type TrialName, userKey } from './login-trials.ts';
import type { Networks } from './networks.ts';
import { openStandings } from './standings.ts';
import { createTurns } from './turns.ts';

export type Authentication =
  | { kind: 'welcome'; account: KnownAccount }
  /** `name` is the token's name or the username when the credential was right and something else stood against it. */
  | { kind: 'refused'; refusal: RefusalName; name: string | null };

export interface Door {
  authenticate(credentials: Credentials, address: string, needsToSend: boolean): Promise<Authentication>;
}

export interface DoorOptions {
  database: Database;
  watch: ChangesWatch;
  passwords: PasswordDoor;
  /** Loopback and the proxies: one guesser behind them must not shut out everybody. */
  neverBanned: Networks;
  now: () => number;
  onBan: (address: string, reason: string) => void;
  /** Tells the other processes that the changes counter moved. */
  hurryOthers: () => void;
}

type Shown = Extract<Credentials, { kind: 'token' | 'password' }>;
type Checked = { kind: 'right'; account: KnownAccount } | { kind: 'wrong' } | { kind: 'busy' };
type Tried = { kind: 'right'; account: KnownAccount } | { kind: 'refused'; refusal: RefusalName };

const maxAccounts = 10_000;
/** Attempts of one address or user that stand in line in this process. */
const maxInLine = 500;

/** Lets callers in: 199, 131, then 100 or 130, 132, then 102 or 140, then 198, 110, 142, 123. */
export function openDoor(options: DoorOptions): Door {
  const { database, watch, neverBanned, now } = options;
  const standings = openStandings(options);
  const accounts = createFreshCache<KnownAccount>(watch, maxAccounts);
  const trials = openLoginTrials(database);
  const check = createCredentialCheck(options);
  const keyOf = createCredentialKeys();
  const turnOfAddress = createTurns(maxInLine);
  const turnOfUser = createTurns(maxInLine);

  function known(key: string): KnownAccount | undefined {
    const account = accounts.peek(key);
    return account && account.endsAt > now() ? account : undefined;
  }

  /**
   * Attempts of one address, and of one user, go one after the other. So a hundred first requests with the same right
   * credential cost one check, and those that are right never fill a counter while they are under way.
   */
  function inTurn(shown: Shown, address: string, work: () => Promise<Tried>): Promise<Tried | null> {
    const nowTheUser =
      shown.kind === 'password' ? () => turnOfUser.take(shown.username, work).then((tried) => tried ?? busy) : work;
    return turnOfAddress.take(address, nowTheUser);
  }

  async function tryCredential(shown: Shown, key: string, address: string): Promise<Tried> {
    const alreadyKnown = known(key);
    if (alreadyKnown) return { kind: 'right', account: alreadyKnown };
    const standing = await standings.read(address);
    if (standing) return { kind: 'refused', refusal: standing };
    const keys = trialsOf(shown, address, neverBanned);
    const counted = await trials.count(keys);
    if (counted.kind === 'too_many') return { kind: 'refused', refusal: counted.refusal };
    const checked = await checkOrGiveBack(shown, key, keys);
    if (checked.kind !== 'wrong') {
      await trials.giveBack(keys);
      return checked.kind === 'right' ? checked : busy;
    }
    await shutOut(address, counted.reached);
    return { kind: 'refused', refusal: shown.kind === 'token' ? 'tokenNotFound' : 'wrongPassword' };
  }

  async function checkOrGiveBack(shown: Shown, key: string, keys: readonly TrialKey[]): Promise<Checked> {
    try {
      // What is known under this key has ended, or it would have been used.
      accounts.forget(key);
      let busyNow = false;
      const account = await accounts.get(key, async () => {
        const checked = await check(shown);
        busyNow = checked.kind === 'busy';
        return checked.kind === 'right' ? checked.account : null;
      });
      if (busyNow) return { kind: 'busy' };
      return account ? { kind: 'right', account } : { kind: 'wrong' };
    } catch (error) {
      // Nobody found out whether it was right.
      await trials.giveBack(keys).catch(() => {});
      throw error;
    }
  }

  /**
   * A failed attempt used up a limit. Everybody forgets what was known, so that the right credential of a blocked user
   * meets the counter too: this process before it answers, the others within the second.
   */
  async function shutOut(address: string, reached: readonly TrialName[]): Promise<void> {
    if (reached.length === 0) return;
    const forGood = reached.find((name) => name === 'failure' || name === 'password' || name === 'token');
    if (forGood) {
      await banAddress(database, address, banReasons[forGood]);
      options.onBan(address, banReasons[forGood]);
    } else {
      await raiseChanges(database);
    }
    standings.forget(address);
    options.hurryOthers();
    await watch.hurry();
  }

  return {
    async authenticate(credentials, address, needsToSend) {
      const standing = await standings.of(address);
      if (standing) return refused(standing);
      if (credentials.kind === 'broken') return refused('badRequest');
      if (credentials.kind === 'none') return refused('noCredentials');
      if (credentials.kind === 'incomplete') return refused('noUserOrPassword');
      const key = keyOf(credentials);
      let account = known(key);
      if (!account) {
        const tried = await inTurn(credentials, address, () => tryCredential(credentials, key, address));
        if (tried?.kind !== 'right') return refused(tried?.refusal ?? 'unavailable');
        account = tried.account;
      }
      const against = refusalOfAccount(account, address, needsToSend);
      return against ? refused(against, account.name) : { kind: 'welcome', account };
    },
  };
}

const busy: Tried = { kind: 'refused', refusal: 'unavailable' };

const banReasons = {
  failure: '100 failed attempts in 60 minutes',
  password: '50 failed passwords in 60 minutes',
  token: '15 unknown tokens in 10 minutes',
} as const satisfies Partial<Record<TrialName, string>>;

function refused(refusal: RefusalName, name: string | null = null): Authentication {
  return { kind: 'refused', refusal, name };
}

/** In the order in which their refusals are told: 199, 131, 132. */
function trialsOf(shown: Shown, address: string, neverBanned: Networks): TrialKey[] {
  const kind = shown.kind === 'token' ? 'token' : 'password';
  const forGood: TrialKey[] = neverBanned.has(address)
    ? []
    : [
        { name: 'failure', key: address },
        { name: kind, key: address },
      ];
  const ofUser: TrialKey[] = shown.kind === 'password' ? [{ name: 'user', key: userKey(shown.username) }] : [];
  return [...forGood, { name: 'address', key: address }, ...ofUser];
}

/** Cache keys from which no credential can be read. A password's is keyed, because a plain hash of it can be guessed. */
function createCredentialKeys(): (shown: Shown) => string {
  const secret = randomBytes(32);
  return (shown) =>
    shown.kind === 'token'
      ? hash('sha256', shown.token, 'base64')
      : `user ${createHmac('sha256', secret)
          .update(JSON.stringify([shown.username, shown.password]))
          .digest('base64')}`;
}

/** Asks the database, and for a password the slow hash, unless this very hash has already agreed to it. */
function createCredentialCheck({ database, passwords, now }: DoorOptions): (shown: Shown) => Promise<Checked> {
  const secret = randomBytes(32);
  const proven = new LRUCache<string, true>({ max: maxAccounts });

  return async (shown) => {
    if (shown.kind === 'token') {
      const account = await findTokenAccount(database, hashToken(shown.token));
      return account ? { kind: 'right', account: knownAccount(account, now()) } : { kind: 'wrong' };
    }
    const user = await findUserAccount(database, shown.username);
    const proof = createHmac('sha256', secret)
      .update(JSON.stringify([user?.passwordHash, shown.password]))
      .digest('base64');
    const said = proven.has(proof) ? 'right' : await passwords.check(shown.password, user?.passwordHash ?? null);
    if (said === 'busy') return { kind: 'busy' };
    if (said === 'wrong' || !user) return { kind: 'wrong' };
    proven.set(proof, true);
    return { kind: 'right', account: knownAccount(user, now()) };
  };
}
