import { broken, type FieldsReading, maxFields } from './fields.ts';

/**
 * Reads the members of a JSON object as text. Numbers keep the digits they were written with where a JavaScript number
 * would round them; `null`, arrays and objects are as good as not sent.
 */
export function readJson(text: string): FieldsReading {
  const parsed = parseJson(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return broken('not a JSON object');
  // Only an escape can bring in what the strict decoding of the bytes kept out.
  if (text.includes('\\u') && holdsForbiddenText(parsed)) return broken('U+0000 or half a surrogate pair');
  const entries = Object.entries(parsed);
  if (entries.length > maxFields) return broken('too many fields');
  const fields = new Map<string, string>();
  for (const [name, value] of entries) {
    const asText = textOf(value);
    if (asText !== null) fields.set(name, asText);
  }
  return { kind: 'fields', fields };
}

/** Where a number begins that may be rounded. Recipients have sixteen digits, too, but stand in quotes. */
const longNumber = /(?:^|[:,[\s])-?(?:\d[\d.]{15}|[\d.]+[eE])/;

/** What the text says; integers beyond 2^53 as the text they were written as. Undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return longNumber.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A reviver: an integer beyond 2^53 becomes the text it was written as. */
function keepDigits(_name: string, value: unknown, context?: { source?: string }): unknown {
  const rounded = typeof value === 'number' && !Number.isSafeInteger(value);
  return rounded && context?.source !== undefined ? context.source : value;
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** Walks with a list of its own: 64 KiB of opening brackets must not exhaust the stack. */
function holdsForbiddenText(root: object): boolean {
  const open: unknown[] = [root];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (typeof item === 'string' && isForbidden(item)) return true;
    if (typeof item !== 'object' || item === null) continue;
    for (const [name, value] of Object.entries(item)) {
      if (isForbidden(name)) return true;
      if (value !== null && value !== undefined) open.push(value);
    }
  }
  return false;
}

function isForbidden(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed();
}
