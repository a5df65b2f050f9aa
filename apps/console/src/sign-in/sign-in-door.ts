import { writeAudit } from '@pombo/db/audit.ts';
import type { Database } from '@pombo/db/database.ts';
import { openSession } from '@pombo/db/operator-sessions.ts';
import { createFirstOperator, findOperator } from '@pombo/db/operators.ts';
import { hashPassword, openPasswordDoor } from '@pombo/db/password.ts';
import type { Prisma } from '@pombo/db/prisma.ts';
import { countSignIn, type SignInTry, signInWasNotChecked, signInWasRight } from '@pombo/db/sign-in-trials.ts';
import { faultOfOperatorName, faultOfOperatorPassword } from '@pombo/domain/new-operator.ts';
import { sameSecret } from './constant-time.ts';

export type SignIn =
  | { kind: 'welcome'; sessionId: string }
  | { kind: 'wrong' }
  /** Too many have failed. Said before anything is checked, so it is the same for a name that does not exist. */
  | { kind: 'wait'; seconds: number }
  /** Too many passwords are being checked at this moment. */
  | { kind: 'busy' };

export type FirstOperator =
  | SignIn
  /** The name or the password will not do. */
  | { kind: 'unfit'; sentence: string }
  | { kind: 'not_the_first' };

export interface SignInDoor {
  signIn(name: string, password: string, address: string): Promise<SignIn>;
  /** The admin token makes the first operator, who is signed in at once. */
  createFirst(token: string, name: string, password: string, address: string): Promise<FirstOperator>;
}

export interface DoorParts {
  database: Database;
  prisma: Prisma;
  adminToken: string;
  newSessionId: () => string;
}

/** Who is audited where no operator has the name that was tried: it may be a password in the wrong field. */
const nobody = 'nobody';

export function openSignInDoor({ database, prisma, adminToken, newSessionId }: DoorParts): SignInDoor {
  const passwords = openPasswordDoor();

  /** Counts the try as failed before `check` is asked, and takes that back when it was not. */
  async function counted<T extends { kind: string }>(tried: SignInTry, check: () => Promise<T>) {
    const count = await countSignIn(prisma, tried);
    if (count.kind === 'wait') return { kind: 'wait', seconds: Math.ceil(count.ms / 1000) } as const;
    try {
      const checked = await check();
      if (checked.kind === 'welcome') await signInWasRight(prisma, tried);
      else if (checked.kind !== 'wrong') await signInWasNotChecked(prisma, tried);
      return checked;
    } catch (error) {
      await signInWasNotChecked(prisma, tried).catch(() => {});
      throw error;
    }
  }

  async function checkPassword(name: string, password: string, address: string): Promise<SignIn> {
    // What can be no name is not asked for: it may hold what a database cannot.
    const operator = faultOfOperatorName(name) === null ? await findOperator(prisma, name) : null;
    const said = await passwords.check(password, operator?.passwordHash ?? null);
    if (said === 'busy') return { kind: 'busy' };
    const sessionId = newSessionId();
    // A disabled operator has no session opened, and hears no more than anybody else.
    if (said === 'right' && operator && (await openSession(database, { sessionId, address, ...operator }))) {
      await writeAudit(prisma, { who: name, origin: address }, { action: 'sign in' });
      return { kind: 'welcome', sessionId };
    }
    await writeAudit(prisma, { who: operator ? name : nobody, origin: address }, { action: 'failed sign-in' });
    return { kind: 'wrong' };
  }

  return {
    signIn: (name, password, address) => counted({ name, address }, () => checkPassword(name, password, address)),

    async createFirst(token, name, password, address) {
      return counted({ name: null, address }, async (): Promise<FirstOperator> => {
        if (!sameSecret(token, adminToken)) {
          await writeAudit(prisma, { who: nobody, origin: address }, { action: 'failed ADMIN_TOKEN' });
          return { kind: 'wrong' };
        }
        const sentence = faultOfOperatorName(name) ?? faultOfOperatorPassword(password);
        if (sentence !== null) return { kind: 'unfit', sentence };
        const passwordHash = await hashPassword(password);
        const by = { who: name, origin: address };
        const made = await createFirstOperator(prisma, by, { name, role: 'admin', passwordHash });
        return made === 'created' ? checkPassword(name, password, address) : { kind: 'not_the_first' };
      });
    },
  };
}
