import { connectWhenUp } from './connect-when-up.ts';

/**
 * Makes a database of this name unless there is one. `adminUrl` names a database that every server has, `postgres`.
 * Waits up to `startupMs` for a server that is still starting, unless `givenUp` is aborted before.
 */
export async function createDatabaseIfMissing(
  adminUrl: string,
  name: string,
  startupMs: number,
  givenUp: AbortSignal,
): Promise<void> {
  const client = await connectWhenUp(adminUrl, 'pombo start', startupMs, givenUp);
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
