/** Where a campaign is. Its last word is spoken in `finished` and `canceled`; a finished one may be taken up again. */
export const campaignStates = [
  'draft',
  'scheduled',
  'running',
  'paused',
  'stopped',
  'finishing',
  'finished',
  'canceled',
] as const;

export type CampaignState = (typeof campaignStates)[number];

/** Where a recipient counts. At every instant these add up to the number of recipients. */
export const recipientStates = [
  /** On the list; no message yet. */
  'waiting',
  /** Its message waits for its turn. */
  'queued',
  'sending',
  'sent',
  'failed',
  /** Nobody knows whether it arrived. */
  'unknown',
  /** No message could be made for this one. */
  'invalid',
  /** On the exclusion list of the customer. */
  'excluded',
  'canceled',
] as const;

export type RecipientState = (typeof recipientStates)[number];

/** What a file of results may say of a recipient. */
export const resultStates = [
  ...recipientStates,
  /** Counted above as it ended; its message is older than messages are kept. */
  'forgotten',
] as const;

export type ResultState = (typeof resultStates)[number];

export type RecipientCounts = Record<RecipientState, number>;

/** Whom a campaign that goes on sends to: those not handled yet, or once more those that failed or are unknown. */
export const resumeScopes = ['pending', 'failed', 'unknown'] as const;

export type ResumeScope = (typeof resumeScopes)[number];

interface Move {
  to: CampaignState;
  by: string;
  why: string;
}

/** Every move there is. The functions in prisma/migrations and `packages/db/src/campaign-moves.ts` make them. */
export const campaignMoves = {
  draft: [
    { to: 'running', by: 'start', why: 'from now on neither its words nor its list can be changed' },
    { to: 'scheduled', by: 'start', why: 'it is to start at a time of its own' },
    { to: 'canceled', by: 'cancel', why: 'somebody takes it back' },
  ],
  scheduled: [
    { to: 'running', by: 'fold', why: 'its time has come' },
    { to: 'running', by: 'start', why: 'somebody wants it now' },
    { to: 'scheduled', by: 'start', why: 'it is to start at another time' },
    { to: 'paused', by: 'pause', why: 'somebody wants it to wait' },
    { to: 'canceled', by: 'cancel', why: 'somebody takes it back' },
  ],
  running: [
    { to: 'finishing', by: 'feed', why: 'everybody on its list has a message, or it is known why not' },
    { to: 'paused', by: 'pause', why: 'somebody wants it to wait' },
    {
      to: 'stopped',
      by: 'fold',
      why: 'it has used up an error budget, meets one refusal again and again, or its last day is over',
    },
    { to: 'stopped', by: 'upload', why: 'Meta does not take its media' },
    { to: 'canceled', by: 'cancel', why: 'somebody takes it back' },
  ],
  paused: [
    { to: 'running', by: 'resume', why: 'somebody lets it go on' },
    { to: 'scheduled', by: 'resume', why: 'somebody lets it go on, and its time has not come yet' },
    { to: 'canceled', by: 'cancel', why: 'somebody takes it back' },
  ],
  stopped: [
    { to: 'running', by: 'resume', why: 'somebody lets it go on all the same' },
    { to: 'canceled', by: 'cancel', why: 'somebody takes it back' },
  ],
  finishing: [
    { to: 'finished', by: 'fold', why: 'the last outcome is known, or settled as unknown' },
    { to: 'paused', by: 'fold', why: 'only some were to be sent again, and others are still waiting' },
    { to: 'paused', by: 'pause', why: 'somebody wants it to wait' },
    {
      to: 'stopped',
      by: 'fold',
      why: 'it has used up an error budget, meets one refusal again and again, or its last day is over',
    },
    { to: 'canceled', by: 'cancel', why: 'somebody takes it back' },
  ],
  finished: [
    { to: 'running', by: 'resume', why: 'those that failed, or are unknown, are to be sent again' },
    { to: 'finishing', by: 'fold', why: 'a message is to be sent again: an operator says so, or a late answer' },
  ],
  canceled: [],
} as const satisfies Record<CampaignState, readonly Move[]>;

/** What a customer or an operator may do with a campaign, in the order a page offers it. */
export const campaignActions = ['start', 'resume', 'pause', 'cancel'] as const;

export type CampaignAction = (typeof campaignActions)[number];

/** The states an action may be taken in. */
export function statesBefore(action: CampaignAction): CampaignState[] {
  return campaignStates.filter((state) => campaignMoves[state].some(({ by }) => by === action));
}

/** The actions that may be taken in a state. */
export function actionsIn(state: CampaignState): CampaignAction[] {
  return campaignActions.filter((action) => statesBefore(action).includes(state));
}

/** Whom a campaign in this state may be resumed for; a finished one has nobody left who was not handled. */
export function resumeScopesIn(state: CampaignState): ResumeScope[] {
  if (!actionsIn(state).includes('resume')) return [];
  return resumeScopes.filter((scope) => state !== 'finished' || scope !== 'pending');
}

/** The counts by the words above; what is not there is none. */
export function readCounts(sums: ReadonlyMap<string, number>): RecipientCounts {
  return Object.fromEntries(recipientStates.map((state) => [state, sums.get(state) ?? 0])) as RecipientCounts;
}
