import { broken, type FieldsReading, maxFields } from './fields.ts';

/**
 * Reads `name=value&…` as PHP does: `+` is a space, the last of several equal names counts, a `%` that starts no
 * escape stands for itself. Escapes must be UTF-8, and U+0000 breaks the whole.
 */
export function readForm(text: string): FieldsReading {
  if (text.includes('%00') || text.includes('\0')) return broken('U+0000');
  const fields = new Map<string, string>();
  const pairs = text.split('&', maxFields + 1);
  if (pairs.length > maxFields) return broken('too many fields');
  for (const pair of pairs) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? '' : decode(pair.slice(at + 1));
    if (name === null || value === null) return broken('not UTF-8');
    fields.set(name, value);
  }
  return { kind: 'fields', fields };
}

/** Null when the escapes are not UTF-8. */
function decode(part: string): string | null {
  const spaced = part.includes('+') ? part.replaceAll('+', ' ') : part;
  if (!spaced.includes('%')) return spaced;
  return decodeEscapes(spaced) ?? decodeEscapes(spaced.replace(/%(?![0-9a-fA-F]{2})/g, '%25'));
}

function decodeEscapes(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
