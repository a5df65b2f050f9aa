import type { DeliveryState } from './delivery-state.ts';
import type { LineStanding } from './line-standing.ts';

/** What may keep an unfinished message from being sent, as its rows say. */
export interface MessageHoldFacts {
  state: DeliveryState;
  onUnknown: string;
  dueAt: Date;
  leaseUntil: Date | null;
  line: LineStanding | null;
  /** Of a campaign: why that does not send just now. */
  campaignHold: string | null;
  /** Another message to the same person that must go first. */
  goesFirst: string | null;
}

/** Why an unfinished message has not been sent yet, in sentences, the weightiest first. Pure. */
export function messageHolds(message: MessageHoldFacts, now: Date): string[] {
  const { state, line, campaignHold, goesFirst, dueAt, leaseUntil } = message;
  if (state === 'unknown') return [unknownSentence(message.onUnknown)];
  if (state === 'sending')
    return [`A worker is calling Graph. If nothing is heard of it by ${utc(leaseUntil)}, the outcome is unknown.`];
  const holds = [
    ...(line === null || line.word === 'open' ? [] : [`Its line is ${line.word}. ${line.sentence}`]),
    ...(campaignHold === null ? [] : [`Its campaign does not send just now: ${campaignHold}`]),
    ...(goesFirst === null ? [] : [`Message ${goesFirst} to the same person goes first.`]),
    ...(dueAt > now ? [`It is not due before ${utc(dueAt)}.`] : []),
  ];
  if (holds.length > 0) return holds;
  return [
    state === 'backlog'
      ? 'Nothing stands against it: it waits for room in the release window of its line.'
      : 'Nothing stands against it: it waits for a worker and for its turn.',
  ];
}

function unknownSentence(onUnknown: string): string {
  const kept = 'The request was written and no answer came that can be trusted, so it may have arrived.';
  return onUnknown === 'resend'
    ? `${kept} Its caller asked for a resend: it is sent again once, a minute after it became unknown, if it is still valid.`
    : `${kept} It is not sent again unless somebody says so.`;
}

function utc(at: Date | null): string {
  return at === null ? 'an unknown time' : `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
