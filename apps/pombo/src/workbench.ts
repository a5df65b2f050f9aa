import type { SettingsOf } from '@pombo/config/read-settings.ts';
import { type Database, openDatabase } from '@pombo/db/database.ts';
import { openPrisma, type Prisma } from '@pombo/db/prisma.ts';
import { openSeal, type Seal } from '@pombo/db/seal.ts';
import { Refusal } from './refusal.ts';
import { readRunning } from './start/home-folder.ts';

/** Where a command works: the database of the environment, or that of the `npm start` running here. */
export interface Connection {
  databaseUrl: string;
  redisUrl: string | null;
  sealKeys: readonly string[] | null;
  graphBaseUrl: string;
  graphApiVersion: string;
  /** For lines without one of their own. */
  graphAppSecret: string | null;
}

/** What the commands work with. */
export interface Workbench extends Pick<Connection, 'graphBaseUrl' | 'graphApiVersion' | 'graphAppSecret'> {
  database: Database;
  prisma: Prisma;
  /** Throws a Refusal when no SEAL_KEY is known. */
  seal(): Seal;
}

/** Throws a Refusal when there is neither. */
export async function findConnection(settings: SettingsOf<'operator'>, home: string): Promise<Connection> {
  const { databaseUrl, ...rest } = settings;
  if (databaseUrl !== null) return { databaseUrl, ...rest };
  const running = await readRunning(home);
  if (running) return running;
  throw new Refusal(
    'DATABASE_URL is not set, and no `npm start` is running in this clone. Set it, or start Pombo first.',
  );
}

export async function withWorkbench<T>(connection: Connection, use: (workbench: Workbench) => Promise<T>): Promise<T> {
  const database = openDatabase({
    url: connection.databaseUrl,
    poolSize: 4,
    name: 'pombo command',
    connectTimeoutMs: 5_000,
    onError: () => {},
  });
  const prisma = openPrisma(database);
  try {
    await database.query('SELECT 1');
    const { graphBaseUrl, graphApiVersion, graphAppSecret } = connection;
    return await use({
      database,
      prisma,
      seal: () => sealOf(connection),
      graphBaseUrl,
      graphApiVersion,
      graphAppSecret,
    });
  } finally {
    await prisma.$disconnect();
    await database.close();
  }
}

function sealOf({ sealKeys }: Connection): Seal {
  if (sealKeys === null) throw new Refusal('SEAL_KEY is not set, and page access tokens are never stored unsealed.');
  return openSeal(sealKeys.map((key) => Buffer.from(key, 'base64')));
}
