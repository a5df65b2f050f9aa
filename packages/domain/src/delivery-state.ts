/** Where a message is that is not finished: the states of its row in `delivery`. */
export const deliveryStates = ['backlog', 'released', 'sending', 'unknown'] as const;

export type DeliveryState = (typeof deliveryStates)[number];

/** How a message ends. Its row in `delivery` is gone then, and only the log speaks. */
export type MessageEnd = 'OK' | 'ERROR' | 'CANCELED';

export type MessageState = DeliveryState | MessageEnd;

/** What the log says of a message (`cdls_status`). */
export const logStatuses = ['PENDING', 'OK', 'ERROR', 'WR', 'CANCELED'] as const;

export type LogStatus = (typeof logStatuses)[number];

interface StateRules {
  logSays: LogStatus;
  /** Who comes for a message in this state although queue and signals are lost. A state without one would be a trap. */
  owner: string;
}

/** A new state does not compile before it stands here and in `moves`. */
export const stateRules = {
  backlog: {
    logSays: 'PENDING',
    owner: 'release, which asks for due messages of every line once a second; the sweep, when the validity is over',
  },
  released: {
    logSays: 'PENDING',
    owner: 'its note in the lane; the sweep, which adds the note again when it is overdue, and ends what expired',
  },
  sending: { logSays: 'PENDING', owner: 'the worker that makes the call; the sweep, when its lease is over' },
  unknown: {
    logSays: 'WR',
    owner:
      'evidence, or a late answer; the sweep, once, where `on_unknown` is `resend`; the list of unknowns an operator reads',
  },
} as const satisfies Record<DeliveryState, StateRules>;

/** Who may move a message, and where that is written. */
export const movers = {
  accept: '`accept_messages` (`packages/db/src/accept.ts`)',
  release: '`packages/db/src/release.ts`, called by `apps/worker/src/release.ts`',
  claim: '`claim_turns` (`packages/db/src/claim.ts`)',
  settle: '`settle_attempts` (`packages/db/src/settle.ts`)',
  sweep: '`packages/db/src/sweep.ts`, called by `apps/worker/src/sweep.ts`',
  campaign: '`packages/db/src/campaign-feed.ts`, called by `apps/worker/src/campaigns.ts`',
  cancel: '`cancel_messages` (`packages/db/src/cancel.ts`)',
  operator: '`packages/db/src/settle-by-hand.ts` (the console, `npx pombo message settle`)',
  evidence: '`packages/db/src/evidence.ts`, by way of `settle_attempts`',
} as const;

export type Mover = keyof typeof movers;

interface Move {
  to: MessageState;
  by: Mover;
  why: string;
}

/**
 * Every move there is, by the state it leaves (`new`: there was no row). The SQL functions make them; tests install this
 * table as a guard that refuses any other, and docs/architecture.md shows it word for word.
 */
export const moves = {
  new: [
    { to: 'released', by: 'accept', why: 'lane `now`: somebody waits, so it is in its lane at once' },
    { to: 'backlog', by: 'accept', why: 'lane `bulk`: it waits as a row until its line has room' },
    { to: 'backlog', by: 'campaign', why: 'the next on the list of a running campaign; or once more, when it failed' },
  ],
  backlog: [
    { to: 'released', by: 'release', why: 'it is due and its line may send and has room; `release_number` goes up' },
    { to: 'ERROR', by: 'sweep', why: 'its validity is over; given up unsent' },
    { to: 'unknown', by: 'sweep', why: 'its validity is over, and an earlier call may have arrived' },
    { to: 'CANCELED', by: 'cancel', why: 'a caller or an operator takes it back, and no call of it may have arrived' },
    { to: 'CANCELED', by: 'campaign', why: 'its campaign is canceled, and no call of it may have arrived' },
    { to: 'unknown', by: 'campaign', why: 'its campaign is canceled, and an earlier call may have arrived' },
    { to: 'OK', by: 'settle', why: 'it was to be sent again, and the answer to an earlier call says that it arrived' },
    { to: 'OK', by: 'evidence', why: 'it was to be sent again, and an earlier call is proved to have arrived' },
  ],
  released: [
    { to: 'sending', by: 'claim', why: 'it has its turn; `attempt` goes up, the attempt is opened, the lease is set' },
    {
      to: 'backlog',
      by: 'claim',
      why: 'lane `bulk`: its line is inactive, paused or parked, its campaign may not send now, or its turn is more than 3 s away',
    },
    {
      to: 'ERROR',
      by: 'claim',
      why: 'its validity is over; or lane `now` and its line may not send: whoever waits is told at once',
    },
    { to: 'CANCELED', by: 'claim', why: 'its campaign must not write to this recipient: the customer has excluded it' },
    {
      to: 'unknown',
      by: 'claim',
      why: 'it cannot be sent again (as above), and an earlier call may have arrived',
    },
    { to: 'ERROR', by: 'sweep', why: 'its validity is over; given up unsent' },
    { to: 'unknown', by: 'sweep', why: 'its validity is over, and an earlier call may have arrived' },
    { to: 'CANCELED', by: 'cancel', why: 'a caller or an operator takes it back, and no call of it may have arrived' },
    { to: 'CANCELED', by: 'campaign', why: 'its campaign is canceled, and no call of it may have arrived' },
    { to: 'unknown', by: 'campaign', why: 'its campaign is canceled, and an earlier call may have arrived' },
    { to: 'OK', by: 'settle', why: 'it was to be sent again, and the answer to an earlier call says that it arrived' },
    { to: 'OK', by: 'evidence', why: 'it was to be sent again, and an earlier call is proved to have arrived' },
  ],
  sending: [
    { to: 'OK', by: 'settle', why: 'Graph took it; in this call, or in an earlier one whose answer came only now' },
    {
      to: 'ERROR',
      by: 'settle',
      why: 'Graph refused it, the retry plan is used up, or the line is down and the lane is `now`',
    },
    { to: 'released', by: 'settle', why: 'not sent, again soon: its note sleeps; any time away in lane `now`' },
    { to: 'backlog', by: 'settle', why: 'not sent, again later than 2 s, or when its line is mended (lane `bulk`)' },
    { to: 'unknown', by: 'settle', why: 'the request was written, and no answer came that can be trusted' },
    { to: 'unknown', by: 'claim', why: 'the lease is over, and a note for it came before the sweep did' },
    { to: 'unknown', by: 'sweep', why: 'the lease is over: its worker is gone' },
    { to: 'OK', by: 'evidence', why: 'the proof was faster than the answer, which then changes nothing' },
  ],
  unknown: [
    { to: 'OK', by: 'settle', why: 'a worker that was given up came back: the call arrived' },
    { to: 'ERROR', by: 'settle', why: 'a worker that was given up came back: Graph refused the call' },
    { to: 'released', by: 'settle', why: 'a worker that was given up came back: the call was not sent, again soon' },
    { to: 'backlog', by: 'settle', why: 'a worker that was given up came back: the call was not sent, again later' },
    { to: 'released', by: 'sweep', why: '`on_unknown` is `resend`: after 60 s, once, within its validity; lane `now`' },
    { to: 'backlog', by: 'sweep', why: '`on_unknown` is `resend`: after 60 s, once, within its validity; lane `bulk`' },
    { to: 'OK', by: 'operator', why: 'somebody knows that it arrived' },
    { to: 'ERROR', by: 'operator', why: 'somebody knows that it did not arrive, and it shall not be sent any more' },
    { to: 'backlog', by: 'operator', why: 'somebody wants it sent again, whether or not it arrived; lane `bulk`' },
    { to: 'backlog', by: 'campaign', why: 'its campaign is resumed for those that are unknown' },
    { to: 'OK', by: 'evidence', why: 'an echo or a read-back proves that the call arrived' },
  ],
} as const satisfies Record<'new' | DeliveryState, readonly Move[]>;
