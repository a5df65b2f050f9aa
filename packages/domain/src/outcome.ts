import type { QuotaScope, Usage } from './usage.ts';

/**
 * What came of one attempt. `packages/graph` says which one it was; `next-step.ts` says what follows.
 * Nothing here is an exception: Meta refusing a message is an ordinary day.
 */
export type Outcome =
  /** Graph answered with a message id. */
  | { kind: 'sent'; metaMessageId: string; reply: ReplyFacts }
  /** Too fast for this scope. Costs no attempt. `regainMs` is Meta's own estimate, when it gave one. */
  | { kind: 'throttled'; scope: ThrottleScope; regainMs: number | null; reply: ReplyFacts }
  /** Provably not sent, and worth another try. */
  | { kind: 'unavailable'; because: UnavailableReason; reply: ReplyFacts }
  /** Final for this message. `about` says what the refusal speaks of. */
  | { kind: 'refused'; about: RefusalSubject; reply: ReplyFacts }
  /** Not sent: Graph does not know the uploaded media it was to send. It has expired there, or is another page's. */
  | { kind: 'asset_gone'; reply: ReplyFacts }
  /**
   * The token, the permission or the page itself is down: no message of this line can go now.
   * `because` says to an operator what happened and what to do about it.
   */
  | { kind: 'line_down'; mend: LineMend; because: string; reply: ReplyFacts }
  /** The request was written and no trustworthy answer came. It may have been sent. */
  | { kind: 'unknown'; because: UnknownReason; reply: ReplyFacts }
  /** We held the call back ourselves: its turn had passed before the first byte was written. Costs no attempt. */
  | { kind: 'withheld'; reply: ReplyFacts };

export type OutcomeKind = Outcome['kind'];

export type ThrottleScope = QuotaScope | 'recipient';

/** No connection; Meta's own "temporary, try again"; or the host of the media was too slow for Meta, or wrong. */
export type UnavailableReason = 'no_connection' | 'meta_said_later' | 'media_not_fetched';

/** `permission` refusals park a line when they repeat; `configuration` ones stop a campaign; the rest speak of one message. */
export type RefusalSubject = 'recipient' | 'request' | 'configuration' | 'permission';

/**
 * What brings a line back: a person has to mend something and say so; a token that works, whoever brings it (asking
 * Graph shows it); or Meta's own block has to run out (in milliseconds).
 */
export type LineMend = { by: 'operator' } | { by: 'token' } | { by: 'time'; afterMs: number };

export const unknownReasons = [
  'no_answer',
  'broken_answer',
  'server_error',
  'unreadable_answer',
  'meta_is_unsure',
] as const;

export type UnknownReason = (typeof unknownReasons)[number];

/** What Graph said, safe to store and to log: no token and no message text. */
export interface ReplyFacts {
  /** Graph's HTTP status; 0 when there was no answer. */
  httpStatus: number;
  code: number | null;
  subcode: number | null;
  fbtraceId: string | null;
  /** One line a person can read: Graph's message or the network error, secrets removed, at most 1000 characters. */
  text: string;
  /** How full the answer said its quotas are; `noUsage` when it said nothing. */
  usage: Usage;
}
