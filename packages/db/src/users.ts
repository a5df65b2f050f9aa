import { type Actor, writeAudit } from './audit.ts';
import { isUniqueViolation, type Prisma } from './prisma.ts';

export type UserCreation = { kind: 'created'; userId: string } | { kind: 'name_taken' };

/** Usernames are unique in the whole house, because HTTP Basic names no customer. */
export async function createUser(
  prisma: Prisma,
  by: Actor,
  user: { customerId: string; username: string; passwordHash: string },
): Promise<UserCreation> {
  const { username, passwordHash } = user;
  try {
    return await prisma.$transaction(async (tx): Promise<UserCreation> => {
      const data = { customerId: BigInt(user.customerId), username, passwordHash };
      const { id } = await tx.customerUser.create({ data, select: { id: true } });
      await writeAudit(tx, by, { action: 'create user', object: `${username} of customer ${user.customerId}` });
      return { kind: 'created', userId: String(id) };
    });
  } catch (error) {
    if (isUniqueViolation(error)) return { kind: 'name_taken' };
    throw error;
  }
}
