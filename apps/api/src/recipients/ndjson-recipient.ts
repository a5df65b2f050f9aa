import { isDestName, maxVariables, reportedName, whyNotDest, whyNotName, whyNotValue } from './recipient-checks.ts';
import type { BadRow, Recipient } from './row-reading.ts';

type Fault = Pick<BadRow, 'column' | 'because'>;

/** The recipient a line of JSON names, or what is wrong with it. */
export function ndjsonRecipient(text: string): Omit<Recipient, 'row'> | Fault {
  const parsed = parse(text);
  if (parsed === undefined) return fault(null, text.includes('\0') ? 'holds U+0000' : 'is not JSON');
  if (!isObject(parsed)) return fault(null, 'is not a JSON object');
  const members = Object.entries(parsed).filter(([, value]) => value !== null);
  if (members.length > maxVariables + 1) return fault(null, `more than ${maxVariables} variables`);
  const nested = members.find(([, value]) => typeof value === 'object');
  if (nested) return fault(reportedName(nested[0]), 'is an object or an array; send text');
  // Fractions and very long numbers are rare. Only for them is the text read again, to have them as they were written.
  const isRounded = members.some(([, value]) => typeof value === 'number' && !Number.isSafeInteger(value));
  return recipientOf(members, isRounded ? writtenNumbers(text) : null);
}

function recipientOf(
  members: [string, unknown][],
  written: Record<string, unknown> | null,
): Omit<Recipient, 'row'> | Fault {
  let dest: string | null = null;
  let variables: Record<string, string> | null = null;
  for (const [name, value] of members) {
    const asText = String(typeof value === 'number' && written ? written[name] : value);
    const isDest = isDestName(name);
    if (isDest && dest !== null) return fault(name, 'is a second name for the recipient');
    const because = isDest ? whyNotDestValue(value, asText) : (whyNotName(name) ?? whyNotValue(asText));
    if (because !== null) return fault(reportedName(name), because);
    if (isDest) dest = asText.trim();
    else {
      variables ??= {};
      variables[name] = asText;
    }
  }
  return dest === null ? fault('dest', 'is missing') : { dest, variables };
}

function whyNotDestValue(value: unknown, asText: string): string | null {
  if (typeof value === 'boolean') return 'is neither text nor a number';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'is not a whole number';
  // Whoever wrote it may have lost digits already, and has if they wrote it from a JSON number.
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    return 'is a number too long to keep its digits in JSON; send it as text, in quotes';
  }
  return whyNotDest(asText.trim());
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The members, with numbers as the text they were written as. Only for flat objects: a reviver takes stack. */
function writtenNumbers(text: string): Record<string, unknown> {
  return JSON.parse(text, (_name, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? (context?.source ?? value) : value,
  );
}

function fault(column: string | null, because: string): Fault {
  return { column, because };
}
