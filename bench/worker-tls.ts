import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSimulator, type Simulator } from '@pombo/graph-simulator/simulator.ts';
import { loopbackCertificate } from '../test/integration/loopback-certificate.ts';
import type { House } from '../test/support/house.ts';
import { type Bench, inHouses } from './bench.ts';
import { openDests } from './dests.ts';
import { figureBeside } from './figures.ts';
import { inTurns } from './in-turns.ts';
import { sendWaiting } from './waiting-messages.ts';

const graphMs = 80;
const full = { rounds: 5, messages: 20_000, warm: 5_000 };
const brief = { rounds: 1, messages: 2_000, warm: 500 };

/** One worker process to Graph over TLS, whose certificate it verifies, beside the same without TLS. */
export const workerTls: Bench = (options) =>
  inHouses({ ...options, backends: ['redis'] }, { backends: ['redis'], latency: graphMs }, async (house) => {
    const size = options.brief ? brief : full;
    const take = openDests();
    const folder = await mkdtemp(join(tmpdir(), 'pombo-bench-'));
    const certificate = join(folder, 'graph.pem');
    await writeFile(certificate, loopbackCertificate.cert);
    const secure = await openSimulator({ port: 0, latency: graphMs, tls: loopbackCertificate });
    const trusting = { NODE_EXTRA_CA_CERTS: certificate, GRAPH_BASE_URL: secure.url };
    try {
      const runs = await inTurns(
        { rounds: size.rounds, say: options.say },
        {
          tls: () => run({ house, graph: secure, environment: trusting, take, ...size }),
          plain: () => run({ house, graph: house.simulator, environment: {}, take, ...size }),
        },
      );
      return [
        figureBeside(
          {
            name: 'worker-tls: to Graph over verified TLS',
            unit: 'per s',
            reference: 'without TLS',
            goal: { ratioAtLeast: 0.6 },
          },
          runs.tls,
          runs.plain,
        ),
      ];
    } finally {
      await secure.close();
      await rm(folder, { recursive: true });
    }
  });

async function run(parts: {
  house: House;
  graph: Simulator;
  environment: Record<string, string>;
  take: ReturnType<typeof openDests>;
  messages: number;
  warm: number;
}): Promise<number> {
  const { house, graph, environment, take, messages, warm } = parts;
  const program = await house.startWorker(environment);
  const send = async (count: number) =>
    sendWaiting(house, graph.ledger, { lineIds: [await house.addLine(0)], dests: take(count) });
  await send(warm);
  const perSecond = await send(messages);
  await program.end('SIGTERM');
  return perSecond;
}
