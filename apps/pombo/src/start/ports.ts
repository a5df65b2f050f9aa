import { once } from 'node:events';
import { createServer } from 'node:net';
import { Refusal } from '../refusal.ts';

/** The port itself when it is free, any free one for 0. Throws a Refusal that says how to choose another. */
export async function wantPort(what: string, env: string, host: string, port: number): Promise<number> {
  const tried = await tryPort(host, port);
  if (typeof tried === 'number') return tried;
  if (tried === 'EADDRINUSE') {
    throw new Refusal(
      `Port ${port} for ${what} is taken. Choose another: ${env}=${port + 1000 > 65_535 ? port - 1000 : port + 1000} npm start`,
    );
  }
  if (tried === 'EACCES')
    throw new Refusal(`Port ${port} for ${what} needs more rights. Choose one above 1023 with ${env}.`);
  throw new Refusal(`Nobody can listen on ${host}:${port} for ${what} (${tried}).`);
}

/** `preferred` when it is free, else any free port. */
export async function anyPort(host: string, preferred: number | null): Promise<number> {
  const tried = preferred === null ? null : await tryPort(host, preferred);
  if (typeof tried === 'number') return tried;
  const free = await tryPort(host, 0);
  if (typeof free === 'number') return free;
  throw new Refusal(`No port is free on ${host} (${free}).`);
}

async function tryPort(host: string, port: number): Promise<number | string> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    if (server.listening) {
      server.close();
      await once(server, 'close');
    }
  }
}
