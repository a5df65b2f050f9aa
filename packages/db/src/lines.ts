import { type Actor, type AuditedAction, writeAudit } from './audit.ts';
import { isUniqueViolation, type Prisma, type Transaction } from './prisma.ts';
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

export async function createLine(prisma: Prisma, by: Actor, seal: Seal, line: NewLine): Promise<LineCreation> {
  try {
    return await prisma.$transaction(async (tx): Promise<LineCreation> => {
      const lineId = await insertLine(tx, seal, line);
      if (line.lineId !== null) await keepNumbersAhead(tx);
      await writeAudit(tx, by, { action: 'create line', object: lineId });
      return { kind: 'created', lineId };
    });
  } catch (error) {
    if (isUniqueViolation(error)) return { kind: 'number_taken' };
    throw error;
  }
}

async function insertLine(tx: Transaction, seal: Seal, line: NewLine): Promise<string> {
  const { id } = await tx.line.create({
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
  return String(id);
}

/** The next number drawn must not be one an operator chose. */
async function keepNumbersAhead(tx: Transaction): Promise<void> {
  await tx.$executeRaw`
    SELECT setval(pg_get_serial_sequence('cd_v8_line', 'v8l_id'),
      greatest((SELECT max(v8l_id) FROM cd_v8_line), (SELECT last_value FROM cd_v8_line_v8l_id_seq)))`;
}

/** Stops a line until somebody resumes it. False when there is no such line. */
export function pauseLine(prisma: Prisma, by: Actor, lineId: string): Promise<boolean> {
  return changeLine(prisma, by, lineId, {
    action: 'pause line',
    only: { pausedAt: null },
    data: { pausedAt: new Date() },
  });
}

/** Ends a pause, and parking as well: whoever resumes a line says that it is mended. False when there is no such line. */
export function resumeLine(prisma: Prisma, by: Actor, lineId: string): Promise<boolean> {
  return mendLine(prisma, by, lineId, { action: 'resume line', data: { pausedAt: null } });
}

/** Gives a line another page access token and lets it try again at once. False when there is no such line. */
export function setLineToken(
  prisma: Prisma,
  by: Actor,
  seal: Seal,
  lineId: string,
  pageToken: string,
): Promise<boolean> {
  return mendLine(prisma, by, lineId, { action: 'set line token', data: { pageAccessToken: seal.seal(pageToken) } });
}

/** Gives a line another app secret, or none, and lets it try again at once. False when there is no such line. */
export function setLineAppSecret(
  prisma: Prisma,
  by: Actor,
  seal: Seal,
  lineId: string,
  appSecret: string | null,
): Promise<boolean> {
  const data = { appSecret: appSecret === null ? null : seal.seal(appSecret) };
  return mendLine(prisma, by, lineId, { action: 'set line app secret', data });
}

/** Its callers are refused (230) and its backlog waits, or no longer. False when there is no such line. */
export function setLineActive(prisma: Prisma, by: Actor, lineId: string, active: boolean): Promise<boolean> {
  const action = active ? 'activate line' : 'deactivate line';
  return changeLine(prisma, by, lineId, { action, only: { active: !active }, data: { active } });
}

/** For messages whose caller does not say. False when there is no such line. */
export function setLineOnUnknown(
  prisma: Prisma,
  by: Actor,
  lineId: string,
  onUnknown: 'hold' | 'resend',
): Promise<boolean> {
  const object = `${lineId}: ${onUnknown}`;
  return changeLine(prisma, by, lineId, { action: 'set line on unknown', object, data: { onUnknown } });
}

/** Messages per second; 0: no pace. What is not given stays. */
export interface Paces {
  pace?: number;
  mediaPace?: number;
}

/** Holds from the next turn on. False when there is no such line. */
export function setLinePace(prisma: Prisma, by: Actor, lineId: string, paces: Paces): Promise<boolean> {
  const said = Object.entries({ pace: paces.pace, 'media pace': paces.mediaPace })
    .filter(([, perSecond]) => perSecond !== undefined)
    .map(([which, perSecond]) => `${which} ${perSecond}/s`);
  return changeLine(prisma, by, lineId, {
    action: 'set line pace',
    object: `${lineId}: ${said.join(', ')}`,
    data: paces,
    // A turn already taken at the old pace may lie minutes ahead; at the new one the next is free within a second.
    gate: (tx) => tx.$executeRaw`UPDATE line_gate SET
        text_next_at = least(text_next_at, clock_timestamp() + interval '1 second'),
        media_next_at = least(media_next_at, clock_timestamp() + interval '1 second')
      WHERE v8l_id = ${BigInt(lineId)}`,
  });
}

type LineWhere = NonNullable<Parameters<Prisma['line']['updateMany']>[0]['where']>;

interface Change {
  action: AuditedAction;
  /** What is written into the audit; the line's number where nothing is said. */
  object?: string;
  /** Where the line is not so, there is nothing to do and nothing to write down. */
  only?: LineWhere;
  data: Parameters<Prisma['line']['updateMany']>[0]['data'];
  /** What becomes of its gate. */
  gate?: (tx: Transaction) => Promise<unknown>;
}

/**
 * The change and its entry in the audit, or nothing at all. The gate first, as claims and settles lock it first: two that
 * lock in opposite order would wait for each other. False when there is no such line.
 */
function changeLine(prisma: Prisma, by: Actor, lineId: string, change: Change): Promise<boolean> {
  const { action, object = lineId, only = {}, data, gate } = change;
  return prisma.$transaction(async (tx) => {
    await gate?.(tx);
    const id = BigInt(lineId);
    const { count } = await tx.line.updateMany({ where: { ...only, id }, data });
    if (count === 0) return (await tx.line.count({ where: { id } })) > 0;
    await writeAudit(tx, by, { action, object });
    return true;
  });
}

/** Forgets everything that stands against the line but a pause: whoever mends it says that it may try again. */
async function mendLine(prisma: Prisma, by: Actor, lineId: string, change: Change): Promise<boolean> {
  const id = BigInt(lineId);
  const unparked = { parkedAt: null, parkedUntil: null, parkedReason: null, parkedCode: null, parkedMend: null };
  const known = await changeLine(prisma, by, lineId, {
    ...change,
    data: { ...change.data, ...unparked },
    // Calls still open say nothing about the line as it is now: they began before `health_at` and `pace_share_at`.
    gate: (tx) => tx.$executeRaw`UPDATE line_gate SET blocked_until = NULL, blocked_because = NULL,
        pace_share = 1, pace_share_at = clock_timestamp(), pace_because = NULL,
        failures = 0, trial_at = NULL, trial_wait_s = NULL, health_at = clock_timestamp(),
        held_until = NULL, held_now = NULL, held_bulk = NULL, probe_at = NULL, suspects = '{}'
      WHERE v8l_id = ${id}`,
  });
  // What waited for a time that Meta named, or for a retry, need not wait any longer. By itself, because it may take a
  // while, and until the transaction ends others wait for the gate.
  await prisma.$executeRaw`UPDATE delivery SET due_at = clock_timestamp()
    WHERE v8l_id = ${id} AND state = 'backlog' AND due_at > clock_timestamp()`;
  return known;
}
