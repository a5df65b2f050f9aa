import { migrateQueue } from '@pombo/queue/migrate-queue.ts';
import { openQueue } from '@pombo/queue/open-queue.ts';
import { startPostgres } from './support/postgres-server.ts';
import { startRedis } from './support/redis-server.ts';
const which = process.argv[2];
const server = which === 'redis' ? (await startRedis())! : await startPostgres();
let url = server.url;
if ('createDatabase' in server) { url = await server.createDatabase(); await migrateQueue(url); }
const place = { backend: which as 'redis', url };
const logger = { info() {}, warn: console.log };
const w = await openQueue({ place, role: 'worker', logger });
const p = await openQueue({ place, role: 'producer', logger });
const waiting = new Map<string, () => void>();
w.consume('now', async ({ messageId }) => { void w.signals.announce('p', [messageId]); return { kind: 'done' }; }, { slots: 200 });
await p.signals.onAnnounced('p', (ids) => ids.forEach((i) => waiting.get(i)?.()));
let n = 0;
async function one(times: { add: number[]; all: number[] }) {
  const id = String(++n); const t = performance.now();
  const heard = new Promise<void>((r) => waiting.set(id, r));
  await p.enqueue('now', [{ messageId: id, release: 1 }]); times.add.push(performance.now() - t);
  await heard; waiting.delete(id); times.all.push(performance.now() - t);
}
for (const parallel of [1, 1, 64]) {
  const times = { add: [] as number[], all: [] as number[] };
  const start = performance.now();
  await Promise.all(Array.from({ length: parallel }, async () => { while (performance.now() - start < 2000) await one(times); }));
  const q = (a: number[], f: number) => a.sort((x, y) => x - y)[Math.floor(a.length * f)]!.toFixed(1);
  console.log(which, 'parallel', parallel, 'per s', Math.round(times.all.length / 2), 'enqueue median', q(times.add, .5), 'round trip median', q(times.all, .5), 'p95', q(times.all, .95));
}
await Promise.all([w.close(), p.close()]); await server.stop();
