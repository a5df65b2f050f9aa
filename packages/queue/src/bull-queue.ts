import { type Lane, lanes } from '@pombo/domain/lane.ts';
import {
  type BackendFactory,
  type BulkJobOptions,
  type IQueueBackend,
  Queue,
  type QueueOptions,
  type WorkerOptions,
  withBackend,
} from 'bullmq';
import { calm } from './calm-backend.ts';
import { consumeLane, type LaneWorker } from './lane-consumer.ts';
import { laneQueueName } from './lane-queue-name.ts';
import { type Pack, type PackData, packDataOf, packIdOf, packsOf } from './pack.ts';
import type { Consumer, LaneDepth, MessageQueue, Note, QueuePlace, Signals } from './queue.ts';
import type { Report } from './quiet-errors.ts';
import { within } from './time-box.ts';
import { isRefusal } from './trouble.ts';

/** What differs between BullMQ's two backends, as far as `bullQueue` is concerned. */
export interface BullParts<B extends IQueueBackend, C> {
  backend: QueuePlace['backend'];
  factory: BackendFactory<B, C>;
  /** For adding and asking; fails fast. */
  producer: C;
  /** For workers; absent in a process that only produces. */
  worker?: C | undefined;
  queueOptions: Omit<QueueOptions<C>, 'connection'>;
  workerOptions: Omit<WorkerOptions<C>, 'connection'> & { drainDelay: number; lockDuration: number };
  jobOptions: BulkJobOptions;
  signals: Signals;
  report: Report;
  ping: () => Promise<void>;
  /** Called before a worker is closed, for what would keep it from closing. */
  beforeClose: (backend: B) => void;
  /** Called last: ends signals and connections, in bounded time. */
  disconnect: () => Promise<void>;
}

/** The queue, and its lanes as BullMQ has them, for a dashboard that knows BullMQ. They are there to be looked at only. */
export interface LookableQueue extends MessageQueue {
  readonly laneQueues: readonly Queue[];
}

/** BullMQ holds a whole addBulk in memory and in one round trip: larger ones only make others wait. */
const jobsPerCall = 500;

/** How long a caller is left without an answer. 500 jobs take about 70 ms on PostgreSQL on a busy machine of two cores. */
const answerMs = 1_000;

type NewNote = Note & { afterMs?: number };

/** Our words for the queue, spoken to BullMQ on either backend. */
export function bullQueue<B extends IQueueBackend, C>(
  parts: BullParts<B, C>,
): LookableQueue & { ready(): Promise<void> } {
  const { report } = parts;
  const bull = withBackend(parts.factory);
  const consumers = new Set<Consumer>();
  const gathered: Record<Lane, { notes: NewNote[]; put: Promise<void> } | null> = { now: null, bulk: null };
  const queues = { now: openLane('now'), bulk: openLane('bulk') } satisfies Record<Lane, unknown>;

  function openLane(lane: Lane) {
    const queue = new bull.Queue<PackData, void, string>(laneQueueName(lane), {
      connection: parts.producer,
      ...parts.queueOptions,
    });
    queue.on('error', (error) => report('queue', error));
    return queue;
  }

  /** What is handed over in one turn of the event loop travels together; a timer would cost every caller a millisecond. */
  function enqueue(lane: Lane, notes: readonly NewNote[]): Promise<void> {
    const gathering = gathered[lane] ?? {
      notes: [],
      put: new Promise((resolve) => setImmediate(resolve)).then(() => put(lane)),
    };
    gathered[lane] = gathering;
    for (const note of notes) gathering.notes.push(note);
    return gathering.put;
  }

  async function put(lane: Lane): Promise<void> {
    const packs = packsOf(gathered[lane]?.notes ?? []);
    gathered[lane] = null;
    for (let start = 0; start < packs.length; start += jobsPerCall) {
      const [only, ...more] = packs.slice(start, start + jobsPerCall);
      // addBulk on PostgreSQL creates two temporary tables each time: ten times the price of adding one job.
      if (only && more.length === 0) await add(lane, only);
      else if (only) await within(answerMs, 'enqueue', queues[lane].addBulk([only, ...more].map(jobOf)));
    }
  }

  async function add(lane: Lane, pack: Pack): Promise<void> {
    const { name, data, opts } = jobOf(pack);
    await within<unknown>(answerMs, 'enqueue', queues[lane].add(name, data, opts));
  }

  function jobOf({ notes, afterMs }: Pack) {
    // Whole milliseconds: PostgreSQL refuses a fraction of one.
    const opts = { ...parts.jobOptions, jobId: packIdOf(notes), delay: Math.round(afterMs) };
    return { name: 'm', data: packDataOf(notes), opts };
  }

  function consume(
    lane: Lane,
    deliver: Parameters<MessageQueue['consume']>[1],
    { slots }: { slots: number },
  ): Consumer {
    const connection = parts.worker;
    if (connection === undefined) throw new Error('this queue was opened as a producer and cannot consume');
    const backends = new WeakMap<LaneWorker, B>();

    const hire = (): LaneWorker => {
      const { workerOptions } = parts;
      const worker = new bull.Worker<PackData, void, string>(laneQueueName(lane), null, {
        connection,
        ...workerOptions,
      });
      worker.on('error', (error) => report('worker', error));
      calm(worker.getBackend(), { longestWaitS: workerOptions.drainDelay, report });
      backends.set(worker, worker.getBackend());
      return worker;
    };

    const consumer = consumeLane({
      hire,
      async interrupt(worker) {
        const backend = backends.get(worker);
        if (!backend) return;
        parts.beforeClose(backend);
        await backend.disconnectBlocking();
      },
      deliver,
      putAside: (note, afterMs) => add(lane, { notes: [note], afterMs }),
      slots,
      lockMs: parts.workerOptions.lockDuration,
      report,
    });
    consumers.add(consumer);
    return consumer;
  }

  async function wake(lane: Lane, note: Note): Promise<void> {
    try {
      await within(answerMs, 'wake', queues[lane].getBackend().promote(packIdOf([note])));
    } catch (error) {
      // It does not sleep, or does not exist any more: both are fine.
      if (!isRefusal(error)) throw error;
    }
  }

  async function depthOf(lane: Lane): Promise<LaneDepth> {
    const counts = await within(answerMs, 'depth', queues[lane].getJobCounts('waiting', 'delayed', 'active'));
    return { waiting: counts.waiting ?? 0, delayed: counts.delayed ?? 0, active: counts.active ?? 0 };
  }

  async function close(): Promise<void> {
    await Promise.all([...consumers].map((consumer) => consumer.close()));
    const closed = Promise.allSettled(lanes.map((lane) => queues[lane].close()));
    await within(answerMs, 'closing the queues', closed).catch((error: unknown) => report('close', error));
    await parts.disconnect().catch((error: unknown) => report('close', error));
  }

  let closing: Promise<void> | undefined;
  return {
    backend: parts.backend,
    signals: parts.signals,
    laneQueues: lanes.map((lane) => onAnyBackend(queues[lane])),
    enqueue,
    consume,
    wake,
    async depth() {
      const [now, bulk] = await Promise.all([depthOf('now'), depthOf('bulk')]);
      return { now, bulk };
    },
    ping: () => within(answerMs, 'ping', parts.ping()),
    close() {
      closing ??= close();
      return closing;
    },
    async ready() {
      await Promise.all(lanes.map((lane) => queues[lane].waitUntilReady()));
    },
  };
}

/** The same queue as those see it who do not care where it lives; BullMQ has no type for that. */
function onAnyBackend(queue: unknown): Queue {
  if (!(queue instanceof Queue)) throw new Error('this version of BullMQ makes queues that are none');
  return queue;
}
