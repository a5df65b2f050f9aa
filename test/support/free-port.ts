import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports the system itself gives to outgoing connections: one of those may be taken, by a call to somewhere else, in
 * the moment between asking and listening.
 */
const lowest = 10_000;
const beyond = 32_000;

/** A port is asked for seconds before a program listens there. So what runs side by side chooses among ports of its own. */
const slices = 8;
const portsPerSlice = (beyond - lowest) / slices;
const given = new Set<number>();

/** A loopback port that is free and that nobody else of this test run chooses. */
export async function freePort(): Promise<number> {
  const slice = Number(process.env.VITEST_POOL_ID ?? 0) % slices;
  for (;;) {
    const port = lowest + slice * portsPerSlice + randomInt(portsPerSlice);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
