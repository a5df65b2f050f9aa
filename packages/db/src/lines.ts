import { type DeliveryState, deliveryStates } from '@pombo/domain/delivery-state.ts';
import { isUniqueViolation, type Prisma } from './prisma.ts';
import type { Seal } from './seal.ts';

export interface NewLine {
  customerId: string;
  /** A number of the operator's choice; null draws one. */
  lineId: string | null;
  class: string;
  name: string;
  pageId: string;
  pageToken: string;
  /** Messages per second; 0: no pace. */
  pace: number;
  appId: string | null;
  appSecret: string | null;
}

export type LineCreation = { kind: 'created'; lineId: string } | { kind: 'number_taken' };

export interface LineRow {
  lineId: string;
  customerId: string;
  name: string;
  class: string;
  active: boolean;
  pageId: string;
  hasPageToken: boolean;
  appId: string | null;
  pace: number;
  mediaPace: number;
  validitySeconds: number;
  pausedAt: Date | null;
  parkedAt: Date | null;
  parkedUntil: Date | null;
  parkedReason: string | null;
  parkedCode: number | null;
  createdAt: Date;
}

/** What is unfinished on a line, by where it is. */
export type LineWork = Record<DeliveryState, number>;

export async function createLine(prisma: Prisma, seal: Seal, line: NewLine): Promise<LineCreation> {
  try {
    const { id } = await prisma.line.create({
      data: {
        ...(line.lineId === null ? {} : { id: BigInt(line.lineId) }),
        customerId: BigInt(line.customerId),
        class: line.class,
        name: line.name,
        pageId: line.pageId,
        pageAccessToken: line.pageToken === '' ? '' : seal.seal(line.pageToken),
        pace: line.pace,
        // Without a pace for texts there is none for media either.
        ...(line.pace === 0 ? { mediaPace: 0 } : {}),
        appId: line.appId,
        appSecret: line.appSecret === null ? null : seal.seal(line.appSecret),
      },
      select: { id: true },
    });
    if (line.lineId !== null) await keepNumbersAhead(prisma);
    return { kind: 'created', lineId: String(id) };
  } catch (error) {
    if (isUniqueViolation(error)) return { kind: 'number_taken' };
    throw error;
  }
}

/** The next number drawn must not be one an operator chose. */
async function keepNumbersAhead(prisma: Prisma): Promise<void> {
  await prisma.$executeRaw`
    SELECT setval(pg_get_serial_sequence('cd_v8_line', 'v8l_id'),
      greatest((SELECT max(v8l_id) FROM cd_v8_line), (SELECT last_value FROM cd_v8_line_v8l_id_seq)))`;
}

/** Stops a line until somebody resumes it. False when there is no such line. */
export async function pauseLine(prisma: Prisma, lineId: string): Promise<boolean> {
  const where = { id: BigInt(lineId), pausedAt: null };
  await prisma.line.updateMany({ where, data: { pausedAt: new Date() } });
  return lineExists(prisma, lineId);
}

/** Ends a pause, and parking as well: whoever resumes a line says that it is mended. False when there is no such line. */
export async function resumeLine(prisma: Prisma, lineId: string): Promise<boolean> {
  return mendLine(prisma, lineId, { pausedAt: null });
}

/** Gives a line another page access token and lets it try again at once. False when there is no such line. */
export async function setLineToken(prisma: Prisma, seal: Seal, lineId: string, pageToken: string): Promise<boolean> {
  return mendLine(prisma, lineId, { pageAccessToken: seal.seal(pageToken) });
}

async function mendLine(
  prisma: Prisma,
  lineId: string,
  change: { pausedAt: null } | { pageAccessToken: string },
): Promise<boolean> {
  const id = BigInt(lineId);
  const unparked = { parkedAt: null, parkedUntil: null, parkedReason: null, parkedCode: null };
  // The gate first, as claims and settles lock it first: two that lock in opposite order would wait for each other.
  const [, { count }] = await prisma.$transaction([
    prisma.lineGate.updateMany({ where: { lineId: id }, data: { blockedUntil: null, suspects: [] } }),
    prisma.line.updateMany({ where: { id }, data: { ...change, ...unparked } }),
    // What waited for a time that Meta named, or for a retry, need not wait any longer.
    prisma.$executeRaw`UPDATE delivery SET due_at = clock_timestamp()
      WHERE v8l_id = ${id} AND state = 'backlog' AND due_at > clock_timestamp()`,
  ]);
  return count > 0;
}

async function lineExists(prisma: Prisma, lineId: string): Promise<boolean> {
  return (await prisma.line.count({ where: { id: BigInt(lineId) } })) > 0;
}

export async function findLineRow(prisma: Prisma, lineId: string): Promise<LineRow | null> {
  const row = await prisma.line.findUnique({ where: { id: BigInt(lineId) }, omit: { appSecret: true } });
  return row && lineRow(row);
}

export async function listLines(prisma: Prisma, customerId: string | null): Promise<LineRow[]> {
  const rows = await prisma.line.findMany({
    where: customerId === null ? {} : { customerId: BigInt(customerId) },
    orderBy: { id: 'asc' },
    omit: { appSecret: true },
  });
  return rows.map(lineRow);
}

export async function readLineWork(prisma: Prisma, lineId: string): Promise<LineWork> {
  const groups = await prisma.delivery.groupBy({
    by: ['state'],
    where: { lineId: BigInt(lineId) },
    _count: { _all: true },
  });
  const counts = new Map(groups.map((group) => [group.state, group._count._all]));
  return Object.fromEntries(deliveryStates.map((state) => [state, counts.get(state) ?? 0])) as LineWork;
}

function lineRow(
  row: Omit<LineRow, 'lineId' | 'customerId' | 'hasPageToken'> & {
    id: bigint;
    customerId: bigint;
    pageAccessToken: string;
  },
): LineRow {
  const { id, customerId, pageAccessToken, ...rest } = row;
  return { lineId: String(id), customerId: String(customerId), ...rest, hasPageToken: pageAccessToken !== '' };
}
