import type { Prisma } from './prisma.ts';

export interface Customer {
  customerId: string;
  name: string;
  active: boolean;
  tokensBlocked: boolean;
  createdAt: Date;
}

export async function createCustomer(prisma: Prisma, name: string): Promise<string> {
  const { id } = await prisma.customer.create({ data: { name }, select: { id: true } });
  return String(id);
}

/** An inactive customer is refused at the door (110) within a second. False when there is no such customer. */
export async function setCustomerActive(prisma: Prisma, customerId: string, active: boolean): Promise<boolean> {
  const { count } = await prisma.customer.updateMany({ where: { id: BigInt(customerId) }, data: { active } });
  return count > 0;
}

/** A customer whose tokens are blocked is refused at the door (198) within a second. False when there is no such customer. */
export async function setTokensBlocked(prisma: Prisma, customerId: string, tokensBlocked: boolean): Promise<boolean> {
  const { count } = await prisma.customer.updateMany({ where: { id: BigInt(customerId) }, data: { tokensBlocked } });
  return count > 0;
}

export async function customerExists(prisma: Prisma, customerId: string): Promise<boolean> {
  return (await prisma.customer.count({ where: { id: BigInt(customerId) } })) > 0;
}

export async function listCustomers(prisma: Prisma): Promise<Customer[]> {
  const rows = await prisma.customer.findMany({ orderBy: { id: 'asc' } });
  return rows.map(({ id, ...rest }) => ({ customerId: String(id), ...rest }));
}
