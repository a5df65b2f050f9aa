import type { ProcessName } from './process-name.ts';

/**
 * `counter` goes up, `gauge` is set by the process, `histogram` takes seconds, `asked` is a gauge whose value is
 * fetched when somebody looks (see `metrics.ask`).
 */
export interface MetricFamily {
  kind: 'counter' | 'gauge' | 'histogram' | 'asked';
  name: string;
  help: string;
  labels: readonly string[];
  by: readonly ProcessName[];
  /** Upper bounds in seconds. */
  buckets?: readonly number[];
}

/** A moment on a good day; half a minute where the database is slow or away. */
const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
/** Graph may take 90 s with a video. */
const call = [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12, 20, 45, 90] as const;
/** From the answer nobody waits for to the day a campaign takes. */
const long = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 12, 30, 60, 300, 900, 3600, 14_400, 86_400] as const;

/**
 * Every metric of ours. Those about the whole house come from every worker and say the same: take the maximum. The label
 * `line` has the number of one of the busiest lines, or `other` for all the rest together.
 */
export const metricFamilies = {
  // The first to be asked: what others ask takes connections itself.
  databasePoolConnections: {
    kind: 'asked',
    name: 'pombo_database_pool_connections',
    help: "This process's connections to PostgreSQL: state is busy, idle or waiting (callers in line for one).",
    labels: ['state'],
    by: ['api', 'worker', 'console'],
  },
  messagesAccepted: {
    kind: 'counter',
    name: 'pombo_messages_accepted_total',
    help: 'Messages committed as rows, by the lane they will travel in.',
    labels: ['lane'],
    by: ['api'],
  },
  requestsRefused: {
    kind: 'counter',
    name: 'pombo_requests_refused_total',
    help: 'Requests refused before any row was written, by status_code.',
    labels: ['code'],
    by: ['api'],
  },
  acceptSeconds: {
    kind: 'histogram',
    name: 'pombo_accept_seconds',
    help: 'From the beginning of the request to its committed row.',
    labels: [],
    by: ['api'],
    buckets: fast,
  },
  waitingRoomPlaces: {
    kind: 'asked',
    name: 'pombo_waiting_room_places',
    help: 'Places for synchronous callers in this process: state is taken or free.',
    labels: ['state'],
    by: ['api'],
  },
  lastingWorkOpen: {
    kind: 'gauge',
    name: 'pombo_lasting_work_open',
    help: 'Requests that last and are open in this process: work is uploads, event_streams, downloads or dry_runs.',
    labels: ['work'],
    by: ['api'],
  },
  notesTaken: {
    kind: 'counter',
    name: 'pombo_notes_taken_total',
    help: 'Notes this worker has taken from the queue, by lane.',
    labels: ['lane'],
    by: ['worker'],
  },
  messagesSettled: {
    kind: 'counter',
    name: 'pombo_messages_settled_total',
    help: 'Messages that ended or became unknown with a call to Graph, by what came of it.',
    labels: ['outcome'],
    by: ['worker'],
  },
  attemptsInFlight: {
    kind: 'gauge',
    name: 'pombo_attempts_in_flight',
    help: 'Calls to Graph that are open right now in this process.',
    labels: [],
    by: ['worker'],
  },
  attemptErrors: {
    kind: 'counter',
    name: 'pombo_attempt_errors_total',
    help: 'Calls to Graph that sent nothing, by class; other is what stands in no table.',
    labels: ['class'],
    by: ['worker'],
  },
  lineMessagesSent: {
    kind: 'counter',
    name: 'pombo_line_messages_sent_total',
    help: 'Messages Graph took, by line.',
    labels: ['line'],
    by: ['worker'],
  },
  lineAttemptErrors: {
    kind: 'counter',
    name: 'pombo_line_attempt_errors_total',
    help: 'Calls to Graph that sent nothing, by line and class.',
    labels: ['line', 'class'],
    by: ['worker'],
  },
  campaignMessagesFed: {
    kind: 'counter',
    name: 'pombo_campaign_messages_fed_total',
    help: 'Recipients of campaigns that were made into messages.',
    labels: [],
    by: ['worker'],
  },
  turnWaitSeconds: {
    kind: 'histogram',
    name: 'pombo_turn_wait_seconds',
    help: "From the note in a worker's hands to its turn at the line's gate, by lane.",
    labels: ['lane'],
    by: ['worker'],
    buckets: fast,
  },
  graphCallSeconds: {
    kind: 'histogram',
    name: 'pombo_graph_call_seconds',
    help: 'One call to Graph, first byte to last, by outcome.',
    labels: ['outcome'],
    by: ['worker'],
    buckets: call,
  },
  settleSeconds: {
    kind: 'histogram',
    name: 'pombo_settle_seconds',
    help: "From Graph's answer to the committed outcome.",
    labels: [],
    by: ['worker'],
    buckets: fast,
  },
  endToEndSeconds: {
    kind: 'histogram',
    name: 'pombo_end_to_end_seconds',
    help: 'From acceptance to the final word, by lane.',
    labels: ['lane'],
    by: ['worker'],
    buckets: long,
  },
  backlogMessages: {
    kind: 'asked',
    name: 'pombo_backlog_messages',
    help: 'Accepted messages not yet released, in the whole house.',
    labels: [],
    by: ['worker'],
  },
  backlogOldestAgeSeconds: {
    kind: 'asked',
    name: 'pombo_backlog_oldest_age_seconds',
    help: 'Age of the oldest message that is due and not yet released, in the whole house.',
    labels: [],
    by: ['worker'],
  },
  lineBacklogMessages: {
    kind: 'asked',
    name: 'pombo_line_backlog_messages',
    help: 'Accepted messages not yet released, by line.',
    labels: ['line'],
    by: ['worker'],
  },
  lineDueMessages: {
    kind: 'asked',
    name: 'pombo_line_due_messages',
    help: 'Messages of the backlog whose time has come, by line.',
    labels: ['line'],
    by: ['worker'],
  },
  lineAllowedMessagesPerSecond: {
    kind: 'asked',
    name: 'pombo_line_allowed_messages_per_second',
    help: 'What the pace of each of the busiest lines allows just now for what waits there; 0 where it may not send, or has no pace.',
    labels: ['line'],
    by: ['worker'],
  },
  lineStalledSeconds: {
    kind: 'asked',
    name: 'pombo_line_stalled_seconds',
    help: 'For lines that have messages to send, may send and do not: for how long. Others are not there.',
    labels: ['line'],
    by: ['worker'],
  },
  releasedDueMessages: {
    kind: 'asked',
    name: 'pombo_released_due_messages',
    help: 'Released messages whose time has come and that no worker has taken, in the whole house.',
    labels: ['lane'],
    by: ['worker'],
  },
  unknownMessages: {
    kind: 'asked',
    name: 'pombo_unknown_messages',
    help: 'Messages whose outcome nobody knows yet, in the whole house.',
    labels: [],
    by: ['worker'],
  },
  unknownOldestAgeSeconds: {
    kind: 'asked',
    name: 'pombo_unknown_oldest_age_seconds',
    help: 'For how long the oldest unknown outcome has been unknown, in the whole house.',
    labels: [],
    by: ['worker'],
  },
  linesParked: {
    kind: 'asked',
    name: 'pombo_lines_parked',
    help: 'Lines that are parked, in the whole house.',
    labels: [],
    by: ['worker'],
  },
  lines: {
    kind: 'asked',
    name: 'pombo_lines',
    help: 'Lines by where they stand, in the whole house.',
    labels: ['standing'],
    by: ['worker'],
  },
  campaigns: {
    kind: 'asked',
    name: 'pombo_campaigns',
    help: 'Campaigns that are neither drafts nor ended, in the whole house; held ones are to send and may not just now.',
    labels: ['state'],
    by: ['worker'],
  },
  campaignRecipientsWaiting: {
    kind: 'asked',
    name: 'pombo_campaign_recipients_waiting',
    help: 'Recipients of running campaigns that have no message yet, in the whole house.',
    labels: [],
    by: ['worker'],
  },
  campaignHungrySeconds: {
    kind: 'asked',
    name: 'pombo_campaign_hungry_seconds',
    help: 'For how long a campaign that may be fed has not been, as far as this process has seen; the longest.',
    labels: [],
    by: ['worker'],
  },
  queueJobs: {
    kind: 'asked',
    name: 'pombo_queue_jobs',
    help: 'Jobs in the queue, of 1 to 16 notes each, in the whole house.',
    labels: ['lane', 'state'],
    by: ['worker'],
  },
  metricQuestionsFailed: {
    kind: 'counter',
    name: 'pombo_metric_questions_failed_total',
    help: 'Questions behind metrics that were not answered, by the metric that is missing for it.',
    labels: ['metric'],
    by: ['api', 'worker', 'console', 'simulator'],
  },
} as const satisfies Record<string, MetricFamily>;

export type MetricFamilies = typeof metricFamilies;
