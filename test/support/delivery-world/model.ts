import type { OpenAttempt } from '@pombo/db/claim.ts';

/** A message as the test sent it, and what was decided about it outside of the tables. */
export interface SentMessage {
  messageId: string;
  lineId: string;
  dest: string;
  onUnknown: 'hold' | 'resend';
  calls: Call[];
  /** How often an operator asked for another send. */
  sendAgains: number;
  saidByHand: 'sent' | 'not_sent' | null;
}

/** What one call to Graph does, decided when it begins. */
export const fates = [
  'sent',
  'sent',
  'sent',
  'refused',
  'no_permission',
  'throttled_page',
  'throttled_app',
  'throttled_recipient',
  'asset_gone',
  'no_connection',
  'no_connection',
  'line_down',
  'line_down_for_a_while',
  'withheld',
  'unknown_but_delivered',
  'unknown_but_delivered',
  'unknown_and_not_delivered',
  'unknown_and_not_delivered',
] as const;

export type Fate = (typeof fates)[number];

export interface Call {
  open: OpenAttempt;
  release: number;
  fate: Fate;
  /** Its worker has handed its answer to the database; before that nobody but the worker knows anything. */
  told: boolean;
}

export function wasDelivered({ fate }: Call): boolean {
  return fate === 'sent' || fate === 'unknown_but_delivered';
}

/** Whether anybody who reads the answers so far must think that this call may have arrived. */
export function mayHaveArrived({ fate, told }: Call): boolean {
  return !told || wasDelivered({ fate } as Call) || fate === 'unknown_and_not_delivered';
}

/** How often policy and operators let a message go although an earlier call may have arrived. */
export function licences(message: SentMessage): number {
  return message.sendAgains + (message.onUnknown === 'resend' ? 1 : 0);
}

/** The complaint about a call that begins now; null when it may. `before` are the calls of the message before it. */
export function complaintAbout(message: SentMessage, before: readonly Call[]): string | null {
  const doubtful = before.filter(mayHaveArrived).length;
  return doubtful <= licences(message)
    ? null
    : `message ${message.messageId}: call ${before.length + 1} begins although ${doubtful} earlier may have arrived`;
}
