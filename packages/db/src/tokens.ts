import { type Actor, writeAudit } from './audit.ts';
import type { Prisma } from './prisma.ts';
import { hashToken, newToken, tokenName } from './token.ts';

export interface TokenRow {
  tokenId: string;
  customerId: string;
  name: string;
  maySend: boolean;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
}

/** Makes a token and returns its text, which nobody can read again: only its hash is kept. */
export async function createToken(
  prisma: Prisma,
  by: Actor,
  customerId: string,
  options: { maySend: boolean },
): Promise<string> {
  const token = newToken();
  await addToken(prisma, by, customerId, token, options);
  return token;
}

/** The same with a token that exists already elsewhere. */
export async function addToken(
  prisma: Prisma,
  by: Actor,
  customerId: string,
  token: string,
  { maySend }: { maySend: boolean },
): Promise<void> {
  const name = tokenName(token);
  await prisma.$transaction(async (tx) => {
    const data = { customerId: BigInt(customerId), hash: new Uint8Array(hashToken(token)), name, maySend };
    await tx.token.create({ data, select: { id: true } });
    await writeAudit(tx, by, { action: 'create token', object: `${name}… of customer ${customerId}` });
  });
}

/** Whether this token was ever made here, revoked or not. */
export async function tokenExists(prisma: Prisma, token: string): Promise<boolean> {
  return (await prisma.token.count({ where: { hash: new Uint8Array(hashToken(token)) } })) > 0;
}

export type TokenRevocation = { kind: 'revoked'; name: string } | { kind: 'not_found' } | { kind: 'ambiguous' };

/**
 * Revokes a token by its text, its number in the list, or its name. A name that several tokens share revokes none of
 * them: it is no proof of which was meant.
 */
export async function revokeToken(prisma: Prisma, by: Actor, which: string): Promise<TokenRevocation> {
  const asId = /^\d{1,18}$/.test(which) ? [{ id: BigInt(which) }] : [];
  const found = await prisma.token.findMany({
    where: { revokedAt: null, OR: [{ hash: new Uint8Array(hashToken(which)) }, { name: which }, ...asId] },
    select: { id: true, name: true, customerId: true },
  });
  const [token, ...more] = found;
  if (token === undefined) return { kind: 'not_found' };
  if (more.length > 0) return { kind: 'ambiguous' };
  await prisma.$transaction(async (tx) => {
    await tx.token.update({ where: { id: token.id }, data: { revokedAt: new Date() }, select: { id: true } });
    await writeAudit(tx, by, { action: 'revoke token', object: `${token.name}… of customer ${token.customerId}` });
  });
  return { kind: 'revoked', name: token.name };
}

export async function listTokens(prisma: Prisma, customerId: string | null): Promise<TokenRow[]> {
  const rows = await prisma.token.findMany({
    where: customerId === null ? {} : { customerId: BigInt(customerId) },
    orderBy: { id: 'asc' },
    omit: { hash: true },
  });
  return rows.map(({ id, customerId: owner, ...rest }) => ({
    tokenId: String(id),
    customerId: String(owner),
    ...rest,
  }));
}
