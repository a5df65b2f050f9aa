import type { Setting } from './setting-kinds.ts';
import { settings } from './settings.ts';

/** The table of settings as Markdown, as the README shows it. Ends without a line break. */
export function settingsTable(): string {
  const rows = Object.values<Setting>(settings).map((row) => `| \`${row.env}\` | ${assumed(row)} | ${row.help} |`);
  return ['| environment | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

function assumed(row: Setting): string {
  const elsewhere = row.required ? 'required' : shown(row.default);
  return row.underStart ? `${elsewhere}; under \`npm start\`: ${row.underStart}` : elsewhere;
}

function shown(value: Setting['default']): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'unset';
  return `\`${value}\``;
}
