import type { Form, IntegerSetting, ListSetting, Setting, TextSetting, UrlSetting } from './setting-kinds.ts';

type Parsed =
  | { kind: 'value'; value: string | number | readonly string[] | null }
  | { kind: 'fault'; sentence: string };

/** Turns the text of one environment variable into the value its row asks for, or a sentence that says what is wrong. */
export function parseSetting(text: string, row: Setting): Parsed {
  switch (row.kind) {
    case 'integer':
      return parseInteger(text, row);
    case 'url':
      return parseUrl(text, row);
    case 'list':
      return parseList(text, row);
    case 'string':
    case 'secret':
      return parseText(text, row);
  }
}

function parseInteger(text: string, row: IntegerSetting): Parsed {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  const inside = value >= row.from && value <= row.to;
  return inside ? { kind: 'value', value } : fault(row, `must be a whole number from ${row.from} to ${row.to}`);
}

function parseUrl(text: string, row: UrlSetting): Parsed {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (row.protocols.includes(protocol)) return { kind: 'value', value: text };
  return fault(row, `must be a URL that starts with ${row.protocols.map((one) => `${one}//`).join(' or ')}`);
}

function parseList(text: string, row: ListSetting): Parsed {
  const entries = text.split(',').map((entry) => entry.trim());
  const wrong = entries.findIndex((entry) => !row.form.fits(entry));
  return wrong === -1 ? { kind: 'value', value: entries } : formFault(row, row.form, entries.length, wrong);
}

function formFault(row: Setting, form: Form, count: number, wrong: number): Parsed {
  return fault(row, `must be ${form.is}${count > 1 ? `; entry ${wrong + 1} is not` : ''}`);
}

function parseText(text: string, row: TextSetting): Parsed {
  if (row.words && !row.words.includes(text)) return fault(row, `must be one of ${row.words.join(', ')}`);
  if (row.form && !row.form.fits(text)) return fault(row, `must be ${row.form.is}`);
  return { kind: 'value', value: text };
}

/** The value itself is never repeated: people put a secret into the neighbouring variable more often than one thinks. */
function fault(row: Setting, must: string): Parsed {
  return { kind: 'fault', sentence: `${row.env} ${must}.` };
}
