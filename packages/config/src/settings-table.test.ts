import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { settings } from './settings.ts';
import { settingsTable } from './settings-table.ts';

const readme = new URL('../../../README.md', import.meta.url);

it('has one row per setting, with its default and what npm start fills in', () => {
  const lines = settingsTable().split('\n');
  expect(lines).toHaveLength(Object.keys(settings).length + 2);
  expect(lines).toContain('| `API_PORT` | `8080` | Port the API listens on. |');
  expect(lines.find((line) => line.includes('`SEAL_KEY`'))).toContain('required; under `npm start`: generated');
  expect(lines.find((line) => line.includes('`REDIS_URL`'))).toContain('| unset |');
});

it('names every environment variable once', () => {
  const names = Object.values(settings).map((row) => row.env);
  expect(new Set(names).size).toBe(names.length);
});

it.skipIf(!existsSync(readme))('stands in the README word for word', () => {
  expect(readFileSync(readme, 'utf8')).toContain(settingsTable());
});
