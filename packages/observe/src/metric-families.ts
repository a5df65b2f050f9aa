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

const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;
/** Graph may take 90 s with a video. */
const call = [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12, 20, 45, 90] as const;
/** From the answer one can feel to the day a campaign takes. */
const long = [0.1, 0.25, 0.5, 1, 2.5, 5, 12, 30, 60, 300, 900, 3600, 14_400, 86_400] as const;

/** Every metric of ours. Those about the whole house come from every worker and say the same: take the maximum. */
export const metricFamilies = {
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
  turnWaitSeconds: {
    kind: 'histogram',
    name: 'pombo_turn_wait_seconds',
    help: "From the note in a worker's hands to its turn at the line's gate.",
    labels: [],
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
    help: 'From acceptance to the final word.',
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
  unknownMessages: {
    kind: 'asked',
    name: 'pombo_unknown_messages',
    help: 'Messages whose outcome nobody knows yet, in the whole house.',
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
  queueJobs: {
    kind: 'asked',
    name: 'pombo_queue_jobs',
    help: 'Notes in the queue, in the whole house.',
    labels: ['lane', 'state'],
    by: ['worker'],
  },
  databasePoolConnections: {
    kind: 'asked',
    name: 'pombo_database_pool_connections',
    help: "This process's connections to PostgreSQL: state is busy, idle or waiting (callers in line for one).",
    labels: ['state'],
    by: ['api', 'worker', 'console'],
  },
} as const satisfies Record<string, MetricFamily>;

export type MetricFamilies = typeof metricFamilies;
