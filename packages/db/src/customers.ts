import { type Actor, type AuditedAction, writeAudit } from './audit.ts';
import type { Prisma } from './prisma.ts';

export interface Customer {
  customerId: string;
  name: string;
  active: boolean;
  tokensBlocked: boolean;
  createdAt: Date;
}

export function createCustomer(prisma: Prisma, by: Actor, name: string): Promise<string> {
  return prisma.$transaction(async (tx) => {
    const { id } = await tx.customer.create({ data: { name }, select: { id: true } });
    await writeAudit(tx, by, { action: 'create customer', object: String(id) });
    return String(id);
  });
}

/** An inactive customer is refused at the door (110) within a second. False when there is no such customer. */
export function setCustomerActive(prisma: Prisma, by: Actor, customerId: string, active: boolean): Promise<boolean> {
  return changeCustomer(prisma, by, customerId, { active }, active ? 'unblock customer' : 'block customer');
}

/** A customer whose tokens are blocked is refused at the door (198) within a second. False when there is no such customer. */
export function setTokensBlocked(
  prisma: Prisma,
  by: Actor,
  customerId: string,
  tokensBlocked: boolean,
): Promise<boolean> {
  const action = tokensBlocked ? 'block tokens' : 'unblock tokens';
  return changeCustomer(prisma, by, customerId, { tokensBlocked }, action);
}

function changeCustomer(
  prisma: Prisma,
  by: Actor,
  customerId: string,
  data: { active: boolean } | { tokensBlocked: boolean },
  action: AuditedAction,
): Promise<boolean> {
  return prisma.$transaction(async (tx) => {
    const { count } = await tx.customer.updateMany({ where: { id: BigInt(customerId) }, data });
    if (count === 0) return false;
    await writeAudit(tx, by, { action, object: customerId });
    return true;
  });
}

export async function customerExists(prisma: Prisma, customerId: string): Promise<boolean> {
  return (await prisma.customer.count({ where: { id: BigInt(customerId) } })) > 0;
}

export async function listCustomers(prisma: Prisma): Promise<Customer[]> {
  const rows = await prisma.customer.findMany({ orderBy: { id: 'asc' } });
  return rows.map(({ id, ...rest }) => ({ customerId: String(id), ...rest }));
}
