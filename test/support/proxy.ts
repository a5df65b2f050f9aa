import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of one of our servers, which can misbehave as networks do. */
export interface TestProxy {
  readonly port: number;
  /** Passes nothing any more, in either direction, and closes nothing. New connections are taken and get nothing. */
  goSilent(): void;
  /**
   * From now on the server's answers are swallowed; the first one swallowed breaks its connection. What the client
   * sent was done, and it will never hear of it.
   */
  swallowAnswers(): void;
  passAgain(): void;
  /** Breaks every open connection. */
  cut(): void;
  /** Connections broken while an answer was on its way. */
  swallowed(): number;
  close(): Promise<void>;
}

type Mode = 'pass' | 'silent' | 'swallow';

export async function openProxy(targetPort: number): Promise<TestProxy> {
  const pairs = new Set<{ client: Socket; server: Socket }>();
  let mode: Mode = 'pass';
  let swallowed = 0;

  const listener = createServer((client) => {
    const server = connect(targetPort, '127.0.0.1');
    const pair = { client, server };
    pairs.add(pair);
    const end = () => {
      client.destroy();
      server.destroy();
      pairs.delete(pair);
    };
    client.on('data', (bytes) => mode !== 'silent' && server.write(bytes));
    server.on('data', (bytes) => {
      if (mode === 'pass') client.write(bytes);
      if (mode !== 'swallow') return;
      swallowed += 1;
      end();
    });
    for (const socket of [client, server]) socket.on('error', end).on('close', () => mode !== 'silent' && end());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');

  const cut = () => {
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
  };
  return {
    port: (listener.address() as AddressInfo).port,
    goSilent: () => {
      mode = 'silent';
    },
    swallowAnswers: () => {
      mode = 'swallow';
    },
    passAgain: () => {
      mode = 'pass';
    },
    cut,
    swallowed: () => swallowed,
    async close() {
      cut();
      listener.close();
      await once(listener, 'close');
    },
  };
}
