import { freePort } from './free-port.ts';
import { type House, openHouse } from './house.ts';
import { openPages, type Pages } from './pages.ts';
import type { Program } from './program.ts';
import { openProxy, type TestProxy, through } from './proxy.ts';

/** A house for faults: two workers, one of them behind a network that may fall silent, and two APIs. */
export interface AlarmStage {
  readonly house: House;
  readonly pages: Pages;
  /** The way of the second worker to the queue; where that lives in PostgreSQL, to everything. */
  readonly network: TestProxy;
  /** Has few places for those who wait. */
  readonly api: Program;
  /** Has two connections to PostgreSQL. Nobody sends by it. */
  readonly smallApi: Program;
  /** Where the four tell their metrics, also when they have been killed and started again. */
  readonly targets: readonly string[];
  killAll(): Promise<void>;
  startAll(): Promise<void>;
  stop(): Promise<void>;
}

/** Null without Redis. */
export async function openAlarmStage(backend: House['backend']): Promise<AlarmStage | null> {
  const house = await openHouse({ backend, latency: 50 });
  if (!house) return null;
  const network = await openProxy(Number(new URL(house.redis?.url ?? house.databaseUrl).port));
  const detour = house.redis
    ? { REDIS_URL: through(network, house.redis.url) }
    : { DATABASE_URL: through(network, house.databaseUrl) };
  const ports = [await freePort(), await freePort(), await freePort(), await freePort()].map(String);
  const [worker, farWorker, api, smallApi] = ports.map((port) => ({ METRICS_PORT: port }));

  const startAll = async () => {
    const all = await Promise.all([
      house.startApi({ ...api, API_MAX_WAITING: '20' }),
      house.startApi({ ...smallApi, DATABASE_POOL_SIZE: '2' }),
      house.startWorker(worker),
      house.startWorker({ ...farWorker, ...detour }),
    ]);
    return { all, api: all[0], smallApi: all[1] };
  };
  let running = await startAll();
  return {
    house,
    pages: openPages(house),
    network,
    get api() {
      return running.api;
    },
    get smallApi() {
      return running.smallApi;
    },
    targets: ports.map((port) => `127.0.0.1:${port}`),
    async killAll() {
      await Promise.all(running.all.map((program) => program.end('SIGKILL')));
    },
    async startAll() {
      running = await startAll();
    },
    async stop() {
      await house.stop();
      await network.close();
    },
  };
}
