import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ports the system itself gives to outgoing connections: one of those may be taken, by a call to somewhere else, in
 * the moment between asking and listening.
 */
const lowest = 10_000;
const beyond = 32_000;

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, beyond);
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
