import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { MigrationDirectory, MigrationList } from '@prisma/schema-engine-wasm';
import { Client } from 'pg';
import { withSchemaEngine } from './schema-engine.ts';

const prismaFolder = join(import.meta.dirname, '..', '..', '..', 'prisma');
const lock = 'pombo: migrate';
const everything = { externalTables: [], externalEnums: [] };

/**
 * Brings the tables up to date with `prisma/migrations` and keeps Prisma's ordinary record of it. Safe to repeat, and
 * from several processes at once: one works, the others wait and then find nothing left to do. Waits up to `startupMs`
 * (default 30 000) for a PostgreSQL that is still starting. Rejects when it cannot be reached or refuses.
 */
export async function migrate(databaseUrl: string, startupMs = 30_000): Promise<{ applied: string[] }> {
  const guard = await connectWhenUp(databaseUrl, startupMs);
  try {
    // A connection of its own holds the lock; if this process dies, PostgreSQL lets it go.
    await guard.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [lock]);
    return await applyMigrations(databaseUrl);
  } finally {
    await guard.end();
  }
}

/**
 * What would have to change in the database to make it what `prisma/schema.prisma` says, as SQL. Empty when they agree.
 * Its language knows no partial indexes, functions, triggers or checks, so those that exist are listed to be dropped.
 */
export async function diffSchemaAgainstDatabase(databaseUrl: string): Promise<string> {
  const schema = { path: 'schema.prisma', content: await readFile(join(prismaFolder, 'schema.prisma'), 'utf8') };
  return withSchemaEngine(databaseUrl, schema.content, async (engine) => {
    const { stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files: [schema], configDir: prismaFolder },
      to: { tag: 'schemaDatamodel', files: [schema] },
      script: true,
      exitCode: null,
      filters: everything,
    });
    return stdout ?? '';
  });
}

async function applyMigrations(databaseUrl: string): Promise<{ applied: string[] }> {
  const migrationsList = await readMigrations();
  return withSchemaEngine(databaseUrl, null, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: everything });
    return { applied: appliedMigrationNames };
  });
}

async function readMigrations(): Promise<MigrationList> {
  const baseDir = join(prismaFolder, 'migrations');
  const entries = await readdir(baseDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return {
    baseDir,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(names.sort().map((name) => readMigration(baseDir, name))),
  };
}

async function readMigration(baseDir: string, name: string): Promise<MigrationDirectory> {
  const path = 'migration.sql';
  const value = await readFile(join(baseDir, name, path), 'utf8');
  return { path: name, migrationFile: { path, content: { tag: 'ok', value } } };
}

async function connectWhenUp(databaseUrl: string, startupMs: number): Promise<Client> {
  const giveUpAt = performance.now() + startupMs;
  for (;;) {
    const client = new Client({
      connectionString: databaseUrl,
      application_name: 'pombo migrate',
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => {
      // The question under way, or the next one, rejects with the same error.
    });
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      if (!mayPass(error) || performance.now() > giveUpAt) throw error;
      await pause(250);
    }
  }
}

/** Refused or reset connections, and PostgreSQL's "is starting up", "is shutting down" and "too many connections". */
function mayPass(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return ['ECONNREFUSED', 'ECONNRESET', '57P03', '57P01', '53300'].includes(code);
}
