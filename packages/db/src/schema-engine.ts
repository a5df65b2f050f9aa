import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum, DriverAdapterError } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import { DatabaseError, Pool, type QueryResult } from 'pg';

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
  const adapter = bindMigrationAwareSqlAdapterFactory(mended(pool));
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
 * Two things the engine needs and the adapter does not do. It cuts a script at every semicolon, also inside a function's
 * body: PostgreSQL takes it as a whole, and then as one transaction, so a migration that fails halfway leaves nothing
 * behind. And it does not know the one-byte type "char", which the engine reads from the catalogs.
 */
function mended(pool: Pool): PrismaPg {
  const characters = disguiseCharacters(pool);
  const factory = new PrismaPg(pool);
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.executeScript = async (script) => {
      await pool.query(script).catch(asAdapterError);
    };
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query);
      const positions = characters.get(result.columnNames.join());
      const columnTypes = result.columnTypes.map((type, at) => (positions?.has(at) ? ColumnTypeEnum.Character : type));
      return { ...result, columnTypes };
    };
    return adapter;
  };
  return factory;
}

const charOid = 18;
const textOid = 25;

/** Lets "char" pass through the adapter as text, and remembers for which columns of which answer. */
function disguiseCharacters(pool: Pool): Map<string, Set<number>> {
  const disguised = new Map<string, Set<number>>();
  const ask: (...question: unknown[]) => Promise<QueryResult> = pool.query.bind(pool);
  const query = async (...question: unknown[]) => {
    const result = await ask(...question);
    const { fields = [] } = result;
    const positions = fields.flatMap((field, at) => (field.dataTypeID === charOid ? [at] : []));
    if (positions.length > 0) disguised.set(fields.map(({ name }) => name).join(), new Set(positions));
    for (const at of positions) Object.assign(fields[at] ?? {}, { dataTypeID: textOid });
    return result;
  };
  Object.assign(pool, { query });
  return disguised;
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
