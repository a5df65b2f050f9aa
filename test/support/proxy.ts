import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of one of our servers, which can misbehave as networks do. */
export interface TestProxy {
  readonly port: number;
  /**
   * The open connections pass nothing any more, in either direction, and nobody closes them: they are dead for good,
   * and neither side is told, not even when the other one leaves. New ones work; with `newOnes` they are dead as well,
   * until `passAgain`.
   */
  goSilent(options?: { newOnes?: boolean }): void;
  /**
   * From now on the server's answers are swallowed; the first one swallowed breaks its connection. What the client
   * sent was done, and it will never hear of it.
   */
  swallowAnswers(): void;
  /** New connections work, and of the open ones those that did not die. */
  passAgain(): void;
  /** Breaks every open connection. */
  cut(): void;
  /** Connections broken while an answer was on its way. */
  swallowed(): number;
  /** Connections that died in silence. */
  silenced(): number;
  close(): Promise<void>;
}

interface Pair {
  client: Socket;
  server: Socket;
  dead: boolean;
}

export async function openProxy(targetPort: number): Promise<TestProxy> {
  const pairs = new Set<Pair>();
  let mode: 'pass' | 'silent' | 'swallow' = 'pass';
  let swallowed = 0;
  let silenced = 0;

  const listener = createServer((client) => {
    const pair: Pair = { client, server: connect(targetPort, '127.0.0.1'), dead: false };
    pairs.add(pair);
    if (mode === 'silent') silence(pair);
    const end = () => {
      if (pair.dead) return;
      destroy(pair);
      pairs.delete(pair);
    };
    client.on('data', (bytes) => pair.dead || pair.server.write(bytes));
    pair.server.on('data', (bytes) => {
      if (pair.dead) return;
      if (mode !== 'swallow') return client.write(bytes);
      swallowed += 1;
      end();
    });
    for (const socket of [client, pair.server]) socket.on('error', end).on('close', end);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');

  function silence(pair: Pair): void {
    if (pair.dead) return;
    pair.dead = true;
    silenced += 1;
  }

  const cut = () => pairs.forEach(destroy);
  return {
    port: (listener.address() as AddressInfo).port,
    goSilent: ({ newOnes = false } = {}) => {
      pairs.forEach(silence);
      mode = newOnes ? 'silent' : 'pass';
    },
    swallowAnswers: () => {
      mode = 'swallow';
    },
    passAgain: () => {
      mode = 'pass';
    },
    cut,
    swallowed: () => swallowed,
    silenced: () => silenced,
    async close() {
      cut();
      listener.close();
      await once(listener, 'close');
    },
  };
}

function destroy({ client, server }: Pair): void {
  client.destroy();
  server.destroy();
}

/** The same address by way of the proxy. */
export function through(proxy: TestProxy, url: string): string {
  const detour = new URL(url);
  detour.port = String(proxy.port);
  return detour.href;
}
