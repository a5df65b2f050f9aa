import type { Prisma } from './prisma.ts';

export interface Ban {
  address: string;
  reason: string;
  createdAt: Date;
}

/** Addresses banned for good, the latest first. `unbanAddress` in addresses.ts lifts one. */
export function listBans(prisma: Prisma): Promise<Ban[]> {
  return prisma.bannedAddress.findMany({ orderBy: { createdAt: 'desc' } });
}
