import { type Actor, writeAudit } from './audit.ts';
import type { Prisma } from './prisma.ts';

/** Lets a customer's calls come from this network. The first one closes the door to all others (142). */
export async function allowNetwork(prisma: Prisma, by: Actor, customerId: string, network: string): Promise<void> {
  const key = { customerId: BigInt(customerId), network };
  await prisma.$transaction(async (tx) => {
    await tx.allowedNetwork.upsert({ where: { customerId_network: key }, create: key, update: {} });
    await writeAudit(tx, by, { action: 'allow network', object: `${network} for customer ${customerId}` });
  });
}

export async function listNetworks(prisma: Prisma, customerId: string): Promise<string[]> {
  const rows = await prisma.allowedNetwork.findMany({
    where: { customerId: BigInt(customerId) },
    orderBy: { id: 'asc' },
    select: { network: true },
  });
  return rows.map(({ network }) => network);
}
