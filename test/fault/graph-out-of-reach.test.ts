import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSimulator, type Simulator } from '@pombo/graph-simulator/simulator.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopbackCertificate } from '../integration/loopback-certificate.ts';
import { type GraphFront, openGraphFront } from '../support/graph-front.ts';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { openPages, type Page } from '../support/pages.ts';
import { attemptsByOutcome, untilNothingPending } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { noHarm, verdictOnPage } from '../support/verdict.ts';

const long = process.env.POMBO_FAULTS === 'long';
/** Fewer calls in a row than close a line, unless we have time for its trial calls. */
const messages = long ? 100 : 2;
const failures = long ? 10 : 2;

/** Graph over TLS and by its name, behind a front: three things that may fail before a byte is written. */
interface Road {
  graph: Simulator;
  front: GraphFront;
  nameFile: string;
  environment: Record<string, string>;
  close(): Promise<void>;
}

interface Fault {
  name: string;
  /** How the call must have ended, so that it is this fault that is tried and no other. */
  says: RegExp;
  begin(road: Road): void | Promise<void>;
  end(road: Road): void | Promise<void>;
}

const faults: Fault[] = [
  {
    name: 'a refused connection',
    says: /ECONNREFUSED/,
    begin: ({ front }) => front.refuse(),
    end: ({ front }) => front.passAgain(),
  },
  {
    name: 'a name nobody knows',
    says: /ENOTFOUND/,
    async begin({ nameFile, front }) {
      await rm(nameFile);
      // Connections from before need no name.
      await front.passAgain();
    },
    end: ({ nameFile }) => writeFile(nameFile, ''),
  },
  {
    name: 'a reset in the TLS handshake',
    says: /ECONNRESET|before secure TLS connection was established/,
    begin: ({ front }) => front.resetAtGreeting(),
    end: ({ front }) => front.passAgain(),
  },
  ...[2, 1200].map(
    (code): Fault => ({
      name: `Graph's code ${code}`,
      says: new RegExp(`#${code}$`),
      begin: ({ graph }) => void graph.weather.add({ effect: { kind: 'error', code } }),
      end: ({ graph }) => graph.weather.clear(),
    }),
  ),
];

describe.concurrent.each<Backend>(['redis', 'postgres'])('a Graph that cannot be reached, on %s', (backend) => {
  let house: House | null;
  let road: Road;

  beforeAll(async () => {
    road = await openRoad();
    house = await openHouse({ backend });
  });
  afterAll(async () => {
    await house?.stop();
    await road.close();
  });

  it('is tried again, and each message is delivered exactly once in the end', async ({ skip }) => {
    if (!house) return skip();
    const { database, send } = house;
    const { ledger } = road.graph;
    const pages = openPages(house);
    await Promise.all([house.startWorker(road.environment), house.startWorker(road.environment)]);

    for (const fault of faults) {
      const page = await pages.add(0);
      const outcomes = () => attemptsByOutcome(database, page.lineId);
      await fault.begin(road);
      await send(page.lineId, messages);
      await until(async () => ((await outcomes()).unavailable ?? 0) >= failures, 60_000, outcomes);
      expect(await verdictOnPage(database, ledger, page)).toMatchObject({ delivered: 0 });
      await fault.end(road);

      await untilNothingPending(database, page.lineId, 90_000);
      const said = await verdictOnPage(database, ledger, page);
      const expected = { status: { OK: messages }, delivered: messages, ...noHarm };
      expect({ fault: fault.name, ...said }).toEqual({ fault: fault.name, ...expected });
      expect(Object.keys(await outcomes()).sort()).toEqual(['sent', 'unavailable']);
      for (const text of await failuresOf(house, page)) expect(text).toMatch(fault.says);
    }
    expect(road.front.resets()).toBeGreaterThan(0);
  });
});

async function failuresOf({ database }: House, { lineId }: Page): Promise<string[]> {
  const rows = await database.query<{ text: string }>(
    `SELECT DISTINCT concat(a.text, ' #', a.code) AS text FROM attempt a JOIN cdls m USING (cdls_id)
      WHERE m.v8l_id = $1::bigint AND a.outcome = 'unavailable'`,
    [lineId],
  );
  return rows.map((row) => row.text);
}

async function openRoad(): Promise<Road> {
  const folder = await mkdtemp(join(tmpdir(), 'pombo-road-'));
  const nameFile = join(folder, 'name');
  const authority = join(folder, 'authority.pem');
  await writeFile(nameFile, '');
  await writeFile(authority, loopbackCertificate.cert);
  const graph = await openSimulator({ port: 0, latency: 'none', tls: loopbackCertificate });
  const front = await openGraphFront(Number(new URL(graph.url).port));
  return {
    graph,
    front,
    nameFile,
    environment: {
      GRAPH_BASE_URL: `https://localhost:${front.port}`,
      NODE_EXTRA_CA_CERTS: authority,
      NODE_OPTIONS: `--import ${new URL(`../support/graph-name.mjs?knownWhile=${nameFile}`, import.meta.url)}`,
    },
    async close() {
      await front.close();
      await graph.close();
      await rm(folder, { recursive: true });
    },
  };
}
