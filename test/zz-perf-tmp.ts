import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { openDoorstep } from '/work/main/test/support/doorstep.ts';
import { freePort } from '/work/main/test/support/free-port.ts';
const d = await openDoorstep();
const c = await d.addCustomer(); const tsid = await d.addToken(c); const line = await d.addLine(c);
const url = d.postgres.url.replace(/postgres$/, 'test_1');
const port = await freePort();
const args = process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/perf'] : [];
const api = spawn(process.execPath, [...args, 'apps/api/src/main.ts'], { env: { ...process.env, DATABASE_URL: url, API_PORT: String(port), LOG_LEVEL: process.env.LL ?? 'info' }, stdio: ['ignore', 'ignore', 'inherit'] });
for (;;) { try { if ((await fetch(`http://127.0.0.1:${port}/healthz`)).ok) break; } catch {} await new Promise((r) => setTimeout(r, 50)); }
function load(conns: number, ms: number, bytes: (i: number) => string): Promise<{ n: number; lat: number[]; bad: number }> {
  return new Promise((resolve) => {
    let n = 0, bad = 0, open = conns; const lat: number[] = []; const end = performance.now() + ms; let seq = 0;
    for (let k = 0; k < conns; k++) {
      const s = connect(port, '127.0.0.1'); let t = 0; let buf = '';
      const next = () => { if (performance.now() > end) { s.destroy(); if (--open === 0) resolve({ n, lat, bad }); return; } t = performance.now(); s.write(bytes(seq++)); };
      s.on('connect', next);
      s.on('data', (p) => { buf += p.toString('latin1'); if (buf.endsWith('}}') || buf.endsWith('"alive"}')) { n++; lat.push(performance.now() - t); if (!/^HTTP\/1.1 20/.test(buf)) { bad++; if (bad === 1) console.log(buf); } buf = ''; next(); } });
    }
  });
}
const post = (extra: string) => (i: number) => { const b = `tsid=${tsid}&app_id=${line}&dest=${24000 + i}&mdata=hello+there${extra}`; return `POST /api/v2/MakeMessenger.php HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${b.length}\r\n\r\n${b}`; };
const jsonPost = (i: number) => { const b = JSON.stringify({tsid, app_id: line, dest: String(24000+i), mdata: 'hello there', async: true}); return `POST /api/v2/MakeMessenger.php HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${b.length}\r\n\r\n${b}`; };
const show = (name: string, r: any, ms: number) => { r.lat.sort((a: number, b: number) => a - b); console.log(name, Math.round(r.n / ms * 1000), '/s  p50', r.lat[r.lat.length >> 1].toFixed(1), 'p99', r.lat[Math.floor(r.lat.length * 0.99)].toFixed(1), 'bad', r.bad); };
await load(64, 1500, post('&async=1'));
show('healthz 64', await load(64, 3000, () => 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'), 3000);
show('refused 220 64', await load(64, 3000, (i) => post('&dest=')(i)), 3000);
show('async form 64', await load(64, 5000, post('&async=1')), 5000);
show('async json 64', await load(64, 5000, jsonPost), 5000);
show('async form 1', await load(1, 3000, post('&async=1')), 3000);
show('async form 256', await load(256, 4000, post('&async=1')), 4000);
api.kill('SIGTERM'); console.log('exit', await new Promise((r) => api.on('exit', r))); await d.stop();
