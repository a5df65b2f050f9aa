import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MigrationDirectory, MigrationList } from '@prisma/schema-engine-wasm';
import { connectWhenUp } from './connect-when-up.ts';
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
  const guard = await connectWhenUp(databaseUrl, 'pombo migrate', startupMs);
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
