import { parseSetting } from './parse-setting.ts';
import type { ProcessName, Setting } from './setting-kinds.ts';
import { type SettingName, settings } from './settings.ts';

type Table = typeof settings;

type Value<Row extends Setting> = Row['kind'] extends 'integer'
  ? number
  : Row['kind'] extends 'list'
    ? readonly string[]
    : Row extends { words: readonly (infer Word)[] }
      ? Word
      : string;

type MayBeUnset<Row, P extends ProcessName> = Row extends { mayBeUnsetIn: readonly (infer Unset)[] }
  ? P extends Unset
    ? true
    : false
  : false;

type ValueIn<Row extends Setting, P extends ProcessName> =
  MayBeUnset<Row, P> extends true
    ? Value<Row> | null
    : Row extends { default: null }
      ? Row extends { required: true }
        ? Value<Row>
        : Value<Row> | null
      : Value<Row>;

/** What one process gets: only the settings it reads, `null` where nothing was said and nothing is assumed. */
export type SettingsOf<P extends ProcessName> = {
  readonly [K in SettingName as P extends Table[K]['readBy'][number] ? K : never]: ValueIn<Table[K], P>;
};

export type SettingsReading<P extends ProcessName> =
  | { kind: 'valid'; settings: SettingsOf<P> }
  | { kind: 'invalid'; sentences: string[] };

/**
 * Reads what `process` needs out of `env`. An empty string counts as unset. Every fault is named at once, one
 * sentence each, and no sentence repeats a value that could be a secret.
 */
export function readSettings<P extends ProcessName>(
  env: Readonly<Record<string, string | undefined>>,
  process: P,
): SettingsReading<P> {
  const values: Record<string, unknown> = {};
  const sentences: string[] = [];
  for (const [name, row] of rowsReadBy(process)) {
    const reading = readOne(textOf(env, row.env), row, process);
    if (reading.kind === 'fault') sentences.push(reading.sentence);
    else values[name] = reading.value;
    if (isAlone(env, row))
      sentences.push(`${row.env} is set, and ${row.needs}, without which it means nothing, is not.`);
  }
  if (sentences.length > 0) return { kind: 'invalid', sentences };
  // The table decided both which names are here and what each value is, and the type is computed from that table.
  return { kind: 'valid', settings: values as SettingsOf<P> };
}

function textOf(env: Readonly<Record<string, string | undefined>>, name: string): string {
  return env[name]?.trim() ?? '';
}

function isAlone(env: Readonly<Record<string, string | undefined>>, { env: name, needs }: Setting): boolean {
  return needs !== undefined && textOf(env, name) !== '' && textOf(env, needs) === '';
}

function rowsReadBy(process: ProcessName): [string, Setting][] {
  return Object.entries<Setting>(settings).filter(([, row]) => row.readBy.includes(process));
}

function readOne(text: string, row: Setting, process: ProcessName): ReturnType<typeof parseSetting> {
  if (text !== '') return parseSetting(text, row);
  if (row.mayBeUnsetIn?.includes(process)) return { kind: 'value', value: null };
  if (row.required) return { kind: 'fault', sentence: `${row.env} is not set. ${row.help}` };
  return { kind: 'value', value: row.default };
}
