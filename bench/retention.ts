import { setTimeout as sleep } from 'node:timers/promises';
import { openAccept } from '@pombo/db/accept.ts';
import { createCustomer } from '@pombo/db/customers.ts';
import { type Database, openDatabase } from '@pombo/db/database.ts';
import { listMessages, type MessageFilter } from '@pombo/db/message-log.ts';
import { migrate } from '@pombo/db/migrate.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { dropOldPartitions, listPartitions } from '@pombo/db/retention.ts';
import { fillOldLog } from '../test/support/fill-log.ts';
import { newMessage } from '../test/support/new-message.ts';
import { startPostgres } from '../test/support/postgres-server.ts';
import { openSmallPartitions } from '../test/support/small-partitions.ts';
import { testActor } from '../test/support/test-actor.ts';
import { createTestLine } from '../test/support/test-line.ts';
import type { Bench, BenchOptions } from './bench.ts';
import type { Figure } from './figure.ts';
import { median } from './figures.ts';

interface FilledLog {
  database: Database;
  customerId: string;
  lineId: string;
  messages: number;
}

/** A log of five million messages: what it takes on disk, how lists answer, and what callers feel when old messages go. */
export const retention: Bench = async (options) => {
  const messages = options.brief ? 50_000 : 5_000_000;
  const postgres = await startPostgres({ durable: true });
  try {
    const url = await postgres.createDatabase();
    await migrate(url);
    const database = openDatabase({ url, poolSize: 8, name: 'bench', answerTimeoutMs: 600_000, onError: () => {} });
    // Of a million each.
    await openSmallPartitions(database, messages / 5);
    const prisma = openPrisma(database);
    const customerId = await createCustomer(prisma, testActor, 'bench');
    const lineId = await createTestLine(prisma, { customerId });
    const log = { database, customerId, lineId, messages };
    options.say(`${messages} messages`);
    await fillOldLog(database, { sender: { customerId, lineId }, from: 1, to: messages, ageDays: 40, dests });
    // One young message keeps the last partition.
    await database.query('UPDATE cdls SET cdls_created_at = now() WHERE cdls_id = $1', [messages]);
    await database.query('VACUUM (ANALYZE)');
    const figures = await measureLog(log, options);
    await database.close();
    return figures;
  } finally {
    await postgres.stop();
  }
};

async function measureLog(log: FilledLog, options: Pick<BenchOptions, 'say'>): Promise<Figure[]> {
  const lists = await timeLists(log);
  const { bytes, dropMs, waitsMs } = await dropUnderTraffic(log, options);
  return [
    figure('log and attempts on disk, a million messages', [bytes / log.messages], 'MB'),
    ...lists,
    figure('a fifth of it dropped, with attempts', dropMs, 'ms'),
    {
      ...figure('an accept meanwhile, the longest', waitsMs, 'ms'),
      value: Math.max(...waitsMs),
      goal: { atMost: 1_000 },
    },
  ];
}

/** Each gets ten messages of five million, and each reference is said two or three times. */
const dests = 500_000;

const everything: MessageFilter = {
  lineId: null,
  status: null,
  dest: null,
  reference: null,
  campaignId: null,
  beforeId: null,
  limit: 100,
};

async function timeLists({ database, customerId, lineId, messages }: FilledLog): Promise<Figure[]> {
  const questions: Record<string, Partial<MessageFilter>> = {
    newest: {},
    'from the middle': { beforeId: String(Math.floor(messages / 2)) },
    'of a line': { lineId },
    'of a recipient': { dest: 'p123' },
    'of a reference': { reference: 'order 1236' },
    'of a reference that is not there': { reference: 'nothing' },
    ERROR: { status: 'ERROR' },
  };
  const figures: Figure[] = [];
  for (const [name, filter] of Object.entries(questions)) {
    const runs: number[] = [];
    for (let run = 0; run < 15; run += 1) {
      const began = performance.now();
      await listMessages(database, customerId, { ...everything, ...filter });
      runs.push(performance.now() - began);
    }
    figures.push({ ...figure(`list: ${name}`, runs, 'ms'), goal: { atMost: 100 } });
  }
  return figures;
}

const callers = 16;

/** Callers accept without a pause while everything old is dropped. */
async function dropUnderTraffic(log: FilledLog, { say }: Pick<BenchOptions, 'say'>) {
  const { database, customerId, lineId } = log;
  const partitions = await listPartitions(database, 30);
  const bytes = partitions.reduce((sum, partition) => sum + partition.bytes, 0);
  const door = openAccept(database, (error) => say(`fault: ${error.message}`), {
    maxWaiting: 100_000,
    backlogHorizonMs: 1e12,
  });
  let dropping = true;
  const waitsMs: number[] = [];

  async function call(): Promise<void> {
    while (dropping) {
      const messageId = await door.drawId();
      const began = performance.now();
      const { kind } = await door.accept(newMessage(messageId, { customerId, lineId, dest: messageId }));
      waitsMs.push(performance.now() - began);
      if (kind !== 'accepted') throw new Error(kind);
    }
  }

  const calling = Promise.all(Array.from({ length: callers }, call));
  await sleep(2_000);
  const before = Math.max(...waitsMs);
  const dropMs: number[] = [];
  let began = performance.now();
  await dropOldPartitions({
    database,
    days: 30,
    archive: null,
    onDropped: ({ firstId }) => {
      dropMs.push(performance.now() - began);
      say(`dropped from ${firstId} on, ${Math.round(performance.now() - began)} ms`);
      began = performance.now();
    },
    random: Math.random,
  });
  await sleep(1_000);
  dropping = false;
  await calling;
  say(`${waitsMs.length} accepts; the longest before anything was dropped took ${Math.round(before)} ms`);
  return { bytes, dropMs, waitsMs };
}

function figure(name: string, runs: readonly number[], unit: string): Figure {
  return { name, value: median(runs), unit, reference: null, referenceValue: null, runs, goal: null };
}
