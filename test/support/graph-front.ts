import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What stands between us and Graph and may fail before one byte of a request is written. */
export interface GraphFront {
  readonly port: number;
  /** Nobody listens any more: connections are refused. */
  refuse(): Promise<void>;
  /** Takes connections and resets them at their first bytes, which over TLS are the beginning of the handshake. */
  resetAtGreeting(): Promise<void>;
  passAgain(): Promise<void>;
  /** Connections reset at their first bytes so far. */
  resets(): number;
  close(): Promise<void>;
}

/** Stands before a server on loopback and passes everything on. */
export async function openGraphFront(targetPort: number): Promise<GraphFront> {
  const clients = new Set<Socket>();
  let resetting = false;
  let resets = 0;

  const take = (client: Socket) => {
    clients.add(client);
    client.on('error', () => client.destroy()).on('close', () => clients.delete(client));
    if (!resetting) return passOn(client, targetPort);
    client.once('data', () => {
      resets += 1;
      client.resetAndDestroy();
    });
  };
  let listener: Server | null = await listen(0, take);
  const { port } = listener.address() as AddressInfo;

  async function refuse(): Promise<void> {
    const closed = listener && once(listener.close(), 'close');
    listener = null;
    for (const client of clients) client.destroy();
    await closed;
  }
  async function serve(): Promise<void> {
    // Connections from before know nothing of the change.
    for (const client of clients) client.destroy();
    listener ??= await listen(port, take);
  }
  return {
    port,
    refuse,
    resetAtGreeting() {
      resetting = true;
      return serve();
    },
    passAgain() {
      resetting = false;
      return serve();
    },
    resets: () => resets,
    close: refuse,
  };
}

async function listen(port: number, take: (client: Socket) => void): Promise<Server> {
  const server = createServer(take).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function passOn(client: Socket, targetPort: number): void {
  const server = connect(targetPort, '127.0.0.1');
  server.on('error', () => client.destroy()).on('close', () => client.destroy());
  client.on('close', () => server.destroy());
  client.pipe(server).pipe(client);
}
