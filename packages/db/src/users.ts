import { isUniqueViolation, type Prisma } from './prisma.ts';

export type UserCreation = { kind: 'created'; userId: string } | { kind: 'name_taken' };

/** Usernames are unique in the whole house, because HTTP Basic names no customer. */
export async function createUser(
  prisma: Prisma,
  user: { customerId: string; username: string; passwordHash: string },
): Promise<UserCreation> {
  const { username, passwordHash } = user;
  try {
    const { id } = await prisma.customerUser.create({
      data: { customerId: BigInt(user.customerId), username, passwordHash },
      select: { id: true },
    });
    return { kind: 'created', userId: String(id) };
  } catch (error) {
    if (isUniqueViolation(error)) return { kind: 'name_taken' };
    throw error;
  }
}
