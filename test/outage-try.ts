import { migrateQueue } from '@pombo/queue/migrate-queue.ts';
import { openQueue } from '@pombo/queue/open-queue.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { startPostgres } from './support/postgres-server.ts';
import { startRedis } from './support/redis-server.ts';
import { recorder } from './support/signal.ts';
const which = process.argv[2];
const server = which === 'redis' ? (await startRedis())! : await startPostgres();
let url = server.url;
if ('createDatabase' in server) { url = await server.createDatabase(); await migrateQueue(url); }
const place = { backend: which as 'redis', url };
const lines: unknown[] = [];
const logger = { info() {}, warn: (d: object) => { lines.push(d); } };
const w = await openQueue({ place, role: 'worker', logger });
const p = await openQueue({ place, role: 'producer', logger });
const got = recorder<string>(); const ann = recorder<string>(); 
const c = w.consume('now', async ({ messageId }) => { got.record(messageId); return { kind: 'done' }; }, { slots: 50 });
w.consume('bulk', async ({ messageId }) => { got.record(messageId); return { kind: 'done' }; }, { slots: 50 });
await p.signals.onAnnounced('p', (ids) => ids.forEach((i) => ann.record(i)));
let n = 0;
async function works(label: string) {
  const t = performance.now();
  let tries = 0;
  for (const lane of ['now','bulk'] as const) {
    n++;
    for (;;) { tries++; try { await p.enqueue(lane, [{ messageId: String(n), release: 1 }]); break; } catch { await pause(50); } }
  }
  const t1 = performance.now();
  await got.until((s) => s.includes(String(n)) && s.includes(String(n-1)), 30000);
  const t2 = performance.now();
  for (;;) { await w.signals.announce('p', [label]); try { await ann.until((s) => s.includes(label), 200); break; } catch {} }
  console.log(which, label, `enqueued ${Math.round(t1 - t)} ms (${tries} tries), delivered +${Math.round(t2 - t1)}, announced +${Math.round(performance.now() - t2)}; log lines ${lines.length}`);
}
await works('warm'); await works('warm2');
// idle sleeping job keeps blockUntil set
lines.length = 0;
let cpu = process.cpuUsage();
await server.kill('SIGKILL'); await pause(2500);
let u = process.cpuUsage(cpu); console.log('cpu ms in 14 s of outage', (u.user + u.system) / 1000, 'lines', lines.length);
await server.restart(); await works('after crash');
lines.length = 0; cpu = process.cpuUsage();
await server.freeze(); await pause(process.argv[4] ? 20000 : 100);
u = process.cpuUsage(cpu); console.log('cpu ms in 20 s of freeze', (u.user + u.system) / 1000, 'lines', lines.length);
await server.thaw(); await works('after freeze');
// round trips
const rt: number[] = [];
for (let i = 0; i < 200; i++) { const id = `rt${i}`; n++; const t = performance.now(); 
  const off = 0; await p.enqueue('now', [{ messageId: String(n), release: 1 }]); await got.until((s) => s[s.length - 1] === String(n)); await w.signals.announce('p', [id]); await ann.until((s) => s[s.length - 1] === id); rt.push(performance.now() - t); }
rt.sort((a, b) => a - b); console.log(which, 'round trip ms median', rt[100]!.toFixed(1), 'p95', rt[190]!.toFixed(1));
if (process.argv[3] === 'dead') await server.kill('SIGKILL');
if (process.argv[3] === 'frozen') await server.freeze();
const t = performance.now();
await Promise.all([w.close(), p.close()]);
console.log('closed in', Math.round(performance.now() - t), lines.slice(-3));
if (process.argv[3] !== 'frozen') await server.stop(); else server.stop();
const t3 = performance.now(); process.on('exit', () => console.log('exited by itself after', Math.round(performance.now() - t3)));
void c;
