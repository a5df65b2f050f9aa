import { parseArgs } from 'node:util';
import type { Backend } from '../test/support/house.ts';
import { accept } from './accept.ts';
import type { Bench } from './bench.ts';
import { campaign } from './campaign.ts';
import { consolePages } from './console.ts';
import { curveLines, curveWaiting, curveWorkers } from './curves.ts';
import { day } from './day.ts';
import { embeddedWorker } from './embedded-worker.ts';
import { fairness } from './fairness.ts';
import type { Figure } from './figure.ts';
import { lines500 } from './lines-500.ts';
import { lines1000 } from './lines-1000.ts';
import { describeMachine } from './machine.ts';
import { pace } from './pace.ts';
import { redisMemory } from './redis-memory.ts';
import { asJson, asTable } from './report.ts';
import { retention } from './retention.ts';
import { rows10m } from './rows-10m.ts';
import { sustained } from './sustained.ts';
import { sync1 } from './sync-1.ts';
import { sync64, sync256 } from './sync-many.ts';
import { upload } from './upload.ts';
import { watched } from './watched.ts';
import { worker, workerCpu } from './worker.ts';
import { workerTls } from './worker-tls.ts';

/** Every benchmark by the name it is asked for: `npm run bench -- sync-1`. Without a name all of them run. */
const benches = {
  accept,
  'sync-1': sync1,
  'sync-64': sync64,
  'sync-256': sync256,
  worker,
  'worker-cpu': workerCpu,
  'worker-tls': workerTls,
  'embedded-worker': embeddedWorker,
  'lines-500': lines500,
  'rows-10m': rows10m,
  sustained,
  'curve-lines': curveLines,
  'curve-workers': curveWorkers,
  'curve-waiting': curveWaiting,
  fairness,
  pace,
  'lines-1000': lines1000,
  day,
  'redis-memory': redisMemory,
  console: consolePages,
  watched,
  campaign,
  upload,
  retention,
} as const satisfies Record<string, Bench>;

const usage = `npm run bench -- [name ...] [--json] [--backend redis|postgres] [--brief]
  names: ${Object.keys(benches).join(', ')}
  --json   one JSON object on standard output and nothing else
  --brief  less of everything, to see that a bench works; its figures mean nothing`;

const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    brief: { type: 'boolean', default: false },
    backend: { type: 'string', multiple: true },
  },
});
const known = (name: string) => Object.hasOwn(benches, name);
const isBackend = (name: string): name is Backend => name === 'redis' || name === 'postgres';
if (!asked.every(known) || !(values.backend ?? []).every(isBackend)) {
  console.error(usage);
  process.exit(2);
}

// A bench that is cut short leaves no server behind: they end when this process says that it exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const machine = describeMachine();
const figures: Figure[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.error(`${name} ...`);
  const backends = values.backend?.filter(isBackend) ?? null;
  figures.push(...(await bench({ backends, brief: values.brief, say: (line) => console.error(`  ${line}`) })));
}
console.log(values.json ? asJson(machine, figures) : `\n${asTable(machine, figures)}`);
process.exit(0);
