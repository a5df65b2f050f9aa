import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, DriverAdapterError } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import { DatabaseError, Pool } from 'pg';

const engineModule = '@prisma/schema-engine-wasm/schema_engine_bg';

/**
 * Prisma's own migration engine as WebAssembly: nothing is downloaded and no binary runs. `schema` may be null when the
 * engine only has to apply SQL.
 */
export async function withSchemaEngine<Result>(
  databaseUrl: string,
  schema: string | null,
  use: (engine: SchemaEngine) => Promise<Result>,
): Promise<Result> {
  const { SchemaEngine } = await load();
  const pool = new Pool({ connectionString: databaseUrl, max: 2, application_name: 'pombo migrate' });
  pool.on('error', () => {
    // The question under way, or the next one, rejects with the same error.
  });
  const adapter = bindMigrationAwareSqlAdapterFactory(wholeScripts(new PrismaPg(pool)));
  const datamodels: [string, string][] | undefined = schema === null ? undefined : [['schema.prisma', schema]];
  try {
    const engine = await SchemaEngine.new({ datamodels }, () => {}, adapter);
    try {
      return await use(engine);
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

/**
 * The adapter cuts a script at every semicolon, also inside a function's body. PostgreSQL takes it as a whole, and then
 * as one transaction: a migration that fails halfway leaves nothing behind.
 */
function wholeScripts(factory: PrismaPg): PrismaPg {
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    adapter.executeScript = async (script) => {
      await adapter.underlyingDriver().query(script).catch(asAdapterError);
    };
    return adapter;
  };
  return factory;
}

/** The engine repeats an error's words only when they come in this form. */
function asAdapterError(error: unknown): never {
  if (!(error instanceof DatabaseError)) throw error;
  throw new DriverAdapterError({
    kind: 'postgres',
    code: error.code ?? 'XX000',
    severity: error.severity ?? 'ERROR',
    message: error.message,
    detail: error.detail,
    column: error.column,
    hint: error.hint,
  });
}

type EngineModule = typeof import('@prisma/schema-engine-wasm/schema_engine_bg') & {
  __wbg_set_wasm(exports: unknown): void;
};

/** The part of WebAssembly used here; its types come only with those of a browser. */
interface Assembly {
  instantiate(bytes: Buffer, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
}

let loaded: Promise<EngineModule> | undefined;

/** Node imports no .wasm without a flag, so the module is put together here. */
function load(): Promise<EngineModule> {
  loaded ??= instantiate();
  return loaded;
}

async function instantiate(): Promise<EngineModule> {
  const glue: EngineModule = await import(engineModule);
  const file = fileURLToPath(import.meta.resolve(engineModule)).replace(/\.js$/, '.wasm');
  const assembly: Assembly = Reflect.get(globalThis, 'WebAssembly');
  const { instance } = await assembly.instantiate(await readFile(file), { './schema_engine_bg.js': glue });
  glue.__wbg_set_wasm(instance.exports);
  const start = instance.exports.__wbindgen_start;
  if (typeof start !== 'function') throw new Error('the schema engine of this version starts in another way');
  start();
  return glue;
}
