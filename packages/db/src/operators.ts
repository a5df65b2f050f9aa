import type { Role } from '@pombo/domain/authorise.ts';
import { type Actor, type AuditedAction, writeAudit } from './audit.ts';
import { isUniqueViolation, type Prisma, type Transaction } from './prisma.ts';
import { forgetFailures } from './sign-in-trials.ts';

export interface NewOperator {
  name: string;
  role: Role;
  passwordHash: string;
}

export interface OperatorRow {
  name: string;
  role: Role;
  createdAt: Date;
  disabledAt: Date | null;
}

/** What a sign-in is checked against. */
export interface OperatorCredential {
  operatorId: string;
  passwordHash: string;
}

export async function createOperator(
  prisma: Prisma,
  by: Actor,
  operator: NewOperator,
): Promise<'created' | 'name_taken'> {
  try {
    await prisma.$transaction((tx) => insertOperator(tx, by, operator));
    return 'created';
  } catch (error) {
    if (isUniqueViolation(error)) return 'name_taken';
    throw error;
  }
}

/** The same, as long as there is none at all. Of several at once, one succeeds. */
export function createFirstOperator(
  prisma: Prisma,
  by: Actor,
  operator: NewOperator,
): Promise<'created' | 'not_the_first'> {
  return prisma.$transaction(async (tx) => {
    // Others may read meanwhile; whoever wants to write waits.
    await tx.$executeRaw`LOCK TABLE operator IN SHARE ROW EXCLUSIVE MODE`;
    if ((await tx.operator.count()) > 0) return 'not_the_first';
    await insertOperator(tx, by, operator);
    return 'created';
  });
}

export async function anyOperator(prisma: Prisma): Promise<boolean> {
  return (await prisma.operator.findFirst({ select: { id: true } })) !== null;
}

/** Null when nobody has this name. */
export async function findOperator(prisma: Prisma, name: string): Promise<OperatorCredential | null> {
  const row = await prisma.operator.findUnique({ where: { name }, select: { id: true, passwordHash: true } });
  return row && { operatorId: String(row.id), passwordHash: row.passwordHash };
}

export async function listOperators(prisma: Prisma): Promise<OperatorRow[]> {
  const rows = await prisma.operator.findMany({ orderBy: { name: 'asc' }, omit: { id: true, passwordHash: true } });
  return rows.map((row) => ({ ...row, role: row.role as Role }));
}

/** Ends every session of the operator, and what failed under this name is forgotten. False when there is none. */
export function setOperatorPassword(prisma: Prisma, by: Actor, name: string, passwordHash: string): Promise<boolean> {
  return change(prisma, by, name, {
    data: { passwordHash },
    action: 'set password',
    also: async (tx) => {
      await endSessionsOf(tx, name);
      await forgetFailures(tx, name);
    },
  });
}

/** Holds from the operator's next request on. False when there is no such operator. */
export function setOperatorRole(prisma: Prisma, by: Actor, name: string, role: Role): Promise<boolean> {
  return change(prisma, by, name, { data: { role }, action: 'set role', object: `${name}: ${role}` });
}

/** Ends every session of the operator. False when there is no such operator. */
export function disableOperator(prisma: Prisma, by: Actor, name: string, now: Date): Promise<boolean> {
  return change(prisma, by, name, {
    data: { disabledAt: now },
    action: 'disable operator',
    also: (tx) => endSessionsOf(tx, name),
  });
}

/** False when there is no such operator. */
export function enableOperator(prisma: Prisma, by: Actor, name: string): Promise<boolean> {
  return change(prisma, by, name, { data: { disabledAt: null }, action: 'enable operator' });
}

interface Change {
  data: { passwordHash?: string; role?: Role; disabledAt?: Date | null };
  action: AuditedAction;
  object?: string;
  also?: (tx: Transaction) => Promise<unknown>;
}

/**
 * The change, what follows from it and its entry in the audit, or nothing at all. The operator's row is locked first, as
 * a sign-in locks it: a session that was opened before is seen and ended, one that comes later finds the change.
 */
function change(prisma: Prisma, by: Actor, name: string, { data, action, object = name, also }: Change) {
  return prisma.$transaction(async (tx) => {
    const { count } = await tx.operator.updateMany({ where: { name }, data });
    if (count === 0) return false;
    await also?.(tx);
    await writeAudit(tx, by, { action, object });
    return true;
  });
}

function endSessionsOf(tx: Transaction, name: string): Promise<unknown> {
  return tx.operatorSession.deleteMany({ where: { operator: { name } } });
}

async function insertOperator(tx: Transaction, by: Actor, { name, role, passwordHash }: NewOperator): Promise<void> {
  await tx.operator.create({ data: { name, role, passwordHash }, select: { id: true } });
  await writeAudit(tx, by, { action: 'create operator', object: `${name}: ${role}` });
}
