import type { Prisma } from './prisma.ts';

/** One message as an operator sees it, whoever's it is. The text itself is left out: it is the customer's. */
export interface ShownMessage {
  messageId: string;
  customerId: string;
  lineId: string;
  dest: string;
  type: string;
  reference: string | null;
  lane: string;
  status: string;
  /** Where an unfinished message is: backlog, released, sending or unknown. */
  state: string | null;
  returnCode: number | null;
  returnId: string | null;
  returnLog: string | null;
  statusDelivery: string | null;
  onUnknown: string;
  createdAt: Date;
  expiresAt: Date;
  settledAt: Date | null;
  dueAt: Date | null;
  attempts: ShownAttempt[];
}

export interface ShownAttempt {
  number: number;
  worker: string;
  openedAt: Date;
  closedAt: Date | null;
  outcome: string | null;
  httpStatus: number | null;
  code: number | null;
  subcode: number | null;
  fbtraceId: string | null;
  text: string | null;
  totalMs: number | null;
}

export async function showMessage(prisma: Prisma, messageId: string): Promise<ShownMessage | null> {
  const id = BigInt(messageId);
  const [row, delivery, attempts] = await Promise.all([
    prisma.message.findUnique({ where: { id }, omit: { data: true, caption: true, attempts: true } }),
    prisma.delivery.findUnique({ where: { messageId: id }, select: { state: true, dueAt: true } }),
    prisma.attempt.findMany({
      where: { messageId: id },
      orderBy: { number: 'asc' },
      omit: { messageId: true, turnAt: true, connectedMs: true, writtenMs: true, answeredMs: true },
    }),
  ]);
  if (row === null) return null;
  const { id: _, customerId, lineId, ...rest } = row;
  return {
    messageId,
    customerId: String(customerId),
    lineId: String(lineId),
    ...rest,
    state: delivery?.state ?? null,
    dueAt: delivery?.dueAt ?? null,
    attempts,
  };
}
