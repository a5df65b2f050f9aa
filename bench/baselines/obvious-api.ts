import { Queue, QueueEvents } from 'bullmq';
import { fastify } from 'fastify';
import { Redis } from 'ioredis';
import { readOrder, say } from '../own-process.ts';
import { type MakeMessengerBody, makeMessengerSchema } from './make-messenger-schema.ts';
import { openObviousPrisma } from './obvious-database.ts';
import { obviousQueue, type Sent } from './obvious-queue.ts';

export interface ObviousApiOrder {
  databaseUrl: string;
  redisUrl: string;
  tsid: string;
  poolSize: number;
}

/**
 * The obvious gateway: a row by `prisma.create`, a job by `queue.add`, and `waitUntilFinished` where the caller waits. It
 * knows one token, which it compares in memory, and looks up no line: less than it would have to do.
 */
const order = readOrder<ObviousApiOrder>();
const prisma = openObviousPrisma({ url: order.databaseUrl, poolSize: order.poolSize });
const queue = new Queue(obviousQueue, { connection: new Redis(order.redisUrl) });
const events = new QueueEvents(obviousQueue, {
  connection: new Redis(order.redisUrl, { maxRetriesPerRequest: null }),
});
/** Longer than ours would: a job that is only late must not look like one that was lost. */
const waitMs = 25_000;
const validMs = 24 * 3_600_000;
const app = fastify();
// Everybody who waits listens for the end of a job, at both.
events.setMaxListeners(0);
queue.setMaxListeners(0);

app.post<{ Body: MakeMessengerBody }>(
  '/api/v2/MakeMessenger.php',
  { schema: makeMessengerSchema },
  async (request, reply) => {
    if (request.headers.authorization !== `Bearer ${order.tsid}`) return reply.code(401).send();
    const { app_id, dest, mdata, async } = request.body;
    const { id } = await prisma.message.create({
      data: {
        customerId: 1,
        lineId: app_id,
        dest,
        type: 'text',
        data: mdata,
        lane: async ? 'bulk' : 'now',
        expiresAt: new Date(Date.now() + validMs),
      },
      select: { id: true },
    });
    // A finished job must still be there when somebody begins to wait for it only then; else it may go at once.
    const keep = async ? true : { count: 1_000 };
    const job = await queue.add('send', { id: String(id) }, { removeOnComplete: keep, removeOnFail: { count: 1_000 } });
    if (async) return reply.code(202).send(envelopeOf('WR', 1, '', id));
    const sent: Sent = await job.waitUntilFinished(events, waitMs);
    return reply.code(200).send(envelopeOf(sent.status, sent.code, sent.messageId, id));
  },
);

await events.waitUntilReady();
await queue.waitUntilReady();
say({ url: await app.listen({ host: '127.0.0.1', port: 0 }) });

function envelopeOf(status: string, code: number, messageId: string, id: bigint) {
  return { return: { status, status_code: code, messageId, cdls_id: Number(id) } };
}
