import type { Role } from '@pombo/domain/authorise.ts';
import { type Actor, writeAudit } from './audit.ts';
import type { Database } from './database.ts';
import type { Prisma } from './prisma.ts';
import { hashToken } from './token.ts';

/** Who is behind a session, as of this moment: a new role holds at once. */
export interface SignedIn extends Record<string, unknown> {
  name: string;
  role: Role;
}

export interface NewSession {
  /** Random, and known to the operator's browser alone: only its hash is kept. */
  sessionId: string;
  operatorId: string;
  /** What the password was checked against. */
  passwordHash: string;
  address: string;
}

export interface SessionRow {
  operator: string;
  address: string;
  createdAt: Date;
  seenAt: Date;
  expiresAt: Date;
}

export const sessionSeconds = 12 * 3600;
const idleSeconds = 3600;

/**
 * False when the operator has been disabled, or was given another password, since the password was checked. Sessions
 * that are over are cleared away meanwhile.
 */
export async function openSession(database: Database, session: NewSession): Promise<boolean> {
  const rows = await database.query(
    `WITH over AS (
       DELETE FROM operator_session WHERE expires_at < now() OR seen_at < now() - make_interval(secs => $6::float8)),
     who AS (SELECT operator_id FROM operator
             WHERE operator_id = $2::bigint AND password_hash = $3 AND disabled_at IS NULL FOR SHARE)
     INSERT INTO operator_session (session_hash, operator_id, expires_at, address)
     SELECT $1, operator_id, now() + make_interval(secs => $5::float8), $4 FROM who RETURNING operator_id`,
    [
      hashToken(session.sessionId),
      session.operatorId,
      session.passwordHash,
      session.address,
      sessionSeconds,
      idleSeconds,
    ],
  );
  return rows.length > 0;
}

/**
 * Asked with every request, so that what is taken away is gone with the next one. Null when the session is over.
 *
 * @param inUse somebody is there: the hour without use begins anew. Written once a minute at most.
 */
export async function readSession(database: Database, sessionId: string, inUse: boolean): Promise<SignedIn | null> {
  const [row] = await database.query<SignedIn>(
    `WITH found AS (
       SELECT session_hash, seen_at, name, role FROM operator_session JOIN operator USING (operator_id)
       WHERE session_hash = $1 AND disabled_at IS NULL AND expires_at > clock_timestamp()
         AND seen_at > clock_timestamp() - make_interval(secs => $3::float8)),
     seen AS (UPDATE operator_session s SET seen_at = clock_timestamp() FROM found
              WHERE s.session_hash = found.session_hash AND $2::boolean
                AND found.seen_at < clock_timestamp() - interval '1 minute')
     SELECT name, role FROM found`,
    [hashToken(sessionId), inUse, idleSeconds],
  );
  return row ?? null;
}

export async function endSession(prisma: Prisma, by: Actor, sessionId: string): Promise<void> {
  await prisma.$transaction(async (tx) => {
    await tx.operatorSession.deleteMany({ where: { hash: new Uint8Array(hashToken(sessionId)) } });
    await writeAudit(tx, by, { action: 'sign out' });
  });
}

/** Of one operator, or of all for null. Returns how many. */
export function endSessions(prisma: Prisma, by: Actor, name: string | null): Promise<number> {
  return prisma.$transaction(async (tx) => {
    const { count } = await tx.operatorSession.deleteMany({ where: name === null ? {} : { operator: { name } } });
    await writeAudit(tx, by, { action: 'end sessions', object: name ?? 'all operators', howMany: count });
    return count;
  });
}

/** Those that are not over, of one operator or of all; the last used first. */
export async function listSessions(prisma: Prisma, name: string | null, now: Date): Promise<SessionRow[]> {
  const rows = await prisma.operatorSession.findMany({
    where: {
      expiresAt: { gt: now },
      seenAt: { gt: new Date(now.getTime() - idleSeconds * 1000) },
      ...(name === null ? {} : { operator: { name } }),
    },
    orderBy: { seenAt: 'desc' },
    omit: { hash: true, operatorId: true },
    include: { operator: { select: { name: true } } },
  });
  return rows.map(({ operator, ...row }) => ({ ...row, operator: operator.name }));
}
