import type { DeliveryState } from '@pombo/domain/delivery-state.ts';
import type { Prisma } from './prisma.ts';

/** One message as an operator sees it, whoever's it is. The text itself is left out: it is the customer's. */
export interface ShownMessage {
  messageId: string;
  customerId: string;
  lineId: string;
  campaignId: string | null;
  dest: string;
  type: string;
  reference: string | null;
  lane: string;
  status: string;
  returnCode: number | null;
  returnId: string | null;
  returnLog: string | null;
  statusDelivery: string | null;
  onUnknown: string;
  createdAt: Date;
  expiresAt: Date;
  settledAt: Date | null;
  /** Null once it is settled. */
  delivery: ShownDelivery | null;
  attempts: ShownAttempt[];
}

/** Where an unfinished message is. */
export interface ShownDelivery {
  state: DeliveryState;
  /** `bulk` also for one that was `now` and is sent again by hand. */
  lane: string;
  dueAt: Date;
  leaseUntil: Date | null;
  unknownAt: Date | null;
  /** The last time; null: it has not been released yet. */
  releasedAt: Date | null;
}

export interface ShownAttempt {
  number: number;
  worker: string;
  /** When its message was, before; null: it was in lane `now`. */
  releasedAt: Date | null;
  openedAt: Date;
  turnAt: Date;
  closedAt: Date | null;
  outcome: string | null;
  errorClass: string | null;
  httpStatus: number | null;
  code: number | null;
  subcode: number | null;
  fbtraceId: string | null;
  text: string | null;
  connectedMs: number | null;
  writtenMs: number | null;
  answeredMs: number | null;
  totalMs: number | null;
}

/** Null when there is none. */
export async function showMessage(prisma: Prisma, messageId: string): Promise<ShownMessage | null> {
  const id = BigInt(messageId);
  const [row, delivery, attempts] = await Promise.all([
    prisma.message.findUnique({ where: { id }, omit: { data: true, caption: true, attempts: true } }),
    prisma.delivery.findUnique({
      where: { messageId: id },
      select: { state: true, lane: true, dueAt: true, leaseUntil: true, unknownAt: true, releasedAt: true },
    }),
    prisma.attempt.findMany({ where: { messageId: id }, orderBy: { number: 'asc' }, omit: { messageId: true } }),
  ]);
  if (row === null) return null;
  const { id: _, customerId, lineId, campaignId, ...rest } = row;
  return {
    messageId,
    customerId: String(customerId),
    lineId: String(lineId),
    campaignId: campaignId === null ? null : String(campaignId),
    ...rest,
    delivery: delivery && { ...delivery, state: delivery.state as DeliveryState },
    attempts,
  };
}

export interface MessageContent {
  data: string;
  caption: string | null;
}

/** What was asked to be said: for a message's own page, and nowhere else. */
export function readContent(prisma: Prisma, messageId: string): Promise<MessageContent | null> {
  return prisma.message.findUnique({ where: { id: BigInt(messageId) }, select: { data: true, caption: true } });
}
