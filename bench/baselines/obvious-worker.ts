import { type Job, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { readOrder, say } from '../own-process.ts';
import { openObviousPrisma } from './obvious-database.ts';
import { obviousQueue, type Sent } from './obvious-queue.ts';

export interface ObviousWorkerOrder {
  databaseUrl: string;
  redisUrl: string;
  graphUrl: string;
  pageToken: string;
  poolSize: number;
  concurrency: number;
}

/**
 * The obvious worker: for each job the row is read by Prisma, Graph is called by `fetch`, which keeps its connections, and
 * the row is updated by Prisma. The page's token is in its memory, there is no pace, and nothing is tried again.
 */
const order = readOrder<ObviousWorkerOrder>();
const prisma = openObviousPrisma({ url: order.databaseUrl, poolSize: order.poolSize });
const url = `${order.graphUrl}/v26.0/me/messages`;
const headers = { 'content-type': 'application/json', authorization: `Bearer ${order.pageToken}` };

async function send(job: Job<{ id: string }>): Promise<Sent> {
  const id = BigInt(job.data.id);
  const message = await prisma.message.findUniqueOrThrow({ where: { id }, select: { dest: true, data: true } });
  const response = await fetch(url, { method: 'POST', headers, body: bodyOf(job.data.id, message) });
  const answer = (await response.json()) as { message_id?: string };
  const status = response.ok ? 'OK' : 'ERROR';
  const messageId = answer.message_id ?? '';
  await prisma.message.update({
    where: { id },
    data: {
      status,
      returnCode: response.status,
      returnId: messageId,
      returnLog: JSON.stringify(answer),
      statusDelivery: 'sent',
      attempts: 1,
      settledAt: new Date(),
    },
    select: { id: true },
  });
  return { status, code: response.status, messageId };
}

function bodyOf(id: string, { dest, data }: { dest: string; data: string }): string {
  const metadata = JSON.stringify({ cdls_id: id, attempt: 1 });
  return JSON.stringify({ recipient: { id: dest }, messaging_type: 'UPDATE', message: { text: data, metadata } });
}

const worker = new Worker(obviousQueue, send, {
  connection: new Redis(order.redisUrl, { maxRetriesPerRequest: null }),
  concurrency: order.concurrency,
});
worker.on('failed', (_job, error) => console.error('obvious worker:', error.message));
worker.on('error', (error) => console.error('obvious worker:', error.message));
// A job whose end was not written down would be sent again by the next worker.
process.once('SIGTERM', () => worker.close().finally(() => process.exit(0)));
await worker.waitUntilReady();
say({ ready: true });
