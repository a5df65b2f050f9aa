import type { BulkKind, BulkVerdict } from '@pombo/domain/bulk-action.ts';

interface Words {
  name: string;
  /** What it does to each message. */
  meaning: string;
  /** Of the button that begins it. */
  order: string;
}

export const bulkWords = {
  replay: {
    name: 'Replay',
    meaning:
      'Each is accepted once more as a new message of lane bulk, by the rules callers meet. A message is replayed once; what was replayed already, and what an earlier call may have brought to its recipient, is left alone.',
    order: 'Replay them all',
  },
  cancel: {
    name: 'Cancel',
    meaning:
      'Each that has not been handed to Graph when its turn comes ends CANCELED. What was sent meanwhile is left alone.',
    order: 'Cancel them all',
  },
  settle_not_sent: {
    name: 'Settle as not sent',
    meaning: 'Each ends ERROR and is not sent again. Say it only when you know that they did not arrive.',
    order: 'Settle them all as not sent',
  },
  send_again: {
    name: 'Send again',
    meaning: 'Each goes back to the backlog and is sent again, whether or not it arrived: it may arrive twice.',
    order: 'Send them all again',
  },
} as const satisfies Record<BulkKind, Words>;

/** What became of messages, in words for a list: “3 had been replayed before”. */
export const verdictWords = {
  replayed: 'replayed',
  canceled: 'canceled',
  settled: 'settled as not sent',
  sent_again: 'sent again',
  not_found: 'not there any more',
  not_unsent: 'had not ended without being sent when this was ordered',
  already: 'had been replayed before',
  too_late: 'had been handed to Graph, or had their last word',
  moved_on: 'were not unknown any more, had become so only later, or are of a canceled campaign',
  may_have_arrived: 'may have arrived by an earlier call: replay these one by one',
  account_inactive: 'of a blocked customer',
  line_inactive: 'of a line that is deactivated',
  line_incomplete: 'of a line without a page access token or page',
  campaign_canceled: 'of a campaign that was canceled',
  excluded: 'to somebody on the exclusion list',
  full: 'of a line whose backlog is over its horizon',
} as const satisfies Record<BulkVerdict, string>;
