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

/** Gives a line another app secret, or none, and lets it try again at once. False when there is no such line. */
export async function setLineAppSecret(
  prisma: Prisma,
  seal: Seal,
  lineId: string,
  appSecret: string | null,
): Promise<boolean> {
  return mendLine(prisma, lineId, { appSecret: appSecret === null ? null : seal.seal(appSecret) });
}

/** Its callers are refused (230) and its backlog waits, or no longer. False when there is no such line. */
export async function setLineActive(prisma: Prisma, lineId: string, active: boolean): Promise<boolean> {
  return changeLine(prisma, lineId, { active });
}

/** For messages whose caller does not say. False when there is no such line. */
export async function setLineOnUnknown(prisma: Prisma, lineId: string, onUnknown: 'hold' | 'resend'): Promise<boolean> {
  return changeLine(prisma, lineId, { onUnknown });
}

/** Messages per second; 0: no pace. What is not given stays. */
export interface Paces {
  pace?: number;
  mediaPace?: number;
}

/** Holds from the next turn on. False when there is no such line. */
export async function setLinePace(prisma: Prisma, lineId: string, paces: Paces): Promise<boolean> {
  const id = BigInt(lineId);
  const [, { count }] = await prisma.$transaction([
    // A turn already taken at the old pace may lie minutes ahead; at the new one the next is free within a second.
    prisma.$executeRaw`UPDATE line_gate SET
        text_next_at = least(text_next_at, clock_timestamp() + interval '1 second'),
        media_next_at = least(media_next_at, clock_timestamp() + interval '1 second')
      WHERE v8l_id = ${id}`,
    prisma.line.updateMany({ where: { id }, data: paces }),
  ]);
  return count > 0;
}

type Change = Parameters<Prisma['line']['updateMany']>[0]['data'];

async function changeLine(prisma: Prisma, lineId: string, data: Change): Promise<boolean> {
  const { count } = await prisma.line.updateMany({ where: { id: BigInt(lineId) }, data });
  return count > 0;
}

/** Forgets everything that stands against the line but a pause: whoever mends it says that it may try again. */
async function mendLine(prisma: Prisma, lineId: string, change: Change): Promise<boolean> {
  const id = BigInt(lineId);
  const unparked = { parkedAt: null, parkedUntil: null, parkedReason: null, parkedCode: null, parkedMend: null };
  // The gate first, as claims and settles lock it first: two that lock in opposite order would wait for each other.
  const [, { count }] = await prisma.$transaction([
    // Calls still open say nothing about the line as it is now: they began before `health_at` and `pace_share_at`.
    prisma.$executeRaw`UPDATE line_gate SET blocked_until = NULL, blocked_because = NULL,
        pace_share = 1, pace_share_at = clock_timestamp(), pace_because = NULL,
        failures = 0, trial_at = NULL, trial_wait_s = NULL, health_at = clock_timestamp(),
        held_until = NULL, held_now = NULL, held_bulk = NULL, probe_at = NULL, suspects = '{}'
      WHERE v8l_id = ${id}`,
    prisma.line.updateMany({ where: { id }, data: { ...change, ...unparked } }),
  ]);
  // What waited for a time that Meta named, or for a retry, need not wait any longer. By itself, because it may take a
  // while, and until the transaction ends others wait for the gate.
  await prisma.$executeRaw`UPDATE delivery SET due_at = clock_timestamp()
    WHERE v8l_id = ${id} AND state = 'backlog' AND due_at > clock_timestamp()`;
  return count > 0;
}

async function lineExists(prisma: Prisma, lineId: string): Promise<boolean> {
  return (await prisma.line.count({ where: { id: BigInt(lineId) } })) > 0;
}
