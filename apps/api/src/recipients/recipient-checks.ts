import { cutAt, isLongerThan } from '@pombo/domain/text.ts';

export const maxVariables = 64;
const maxDestPoints = 64;
const maxValuePoints = 2000;
const maxReportedPoints = 64;

/** The column that says who the recipient is. */
export function isDestName(name: string): boolean {
  return /^(dest|psid)$/i.test(name);
}

export function whyNotName(name: string): string | null {
  // Set like any other, this one would vanish.
  if (name !== '__proto__' && /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(name)) return null;
  return 'is no name for a variable: a letter or _ first, then letters, digits, _ . -, at most 64 in all';
}

export function whyNotDest(dest: string): string | null {
  if (dest === '') return 'is empty';
  if (/\p{Cc}/u.test(dest)) return whyNotStorable(dest) ?? 'holds a control character';
  return isLongerThan(dest, maxDestPoints) ? `is longer than ${maxDestPoints} characters` : whyNotStorable(dest);
}

export function whyNotValue(value: string): string | null {
  return isLongerThan(value, maxValuePoints) ? `is longer than ${maxValuePoints} characters` : whyNotStorable(value);
}

/** The name of a column as it may be shown and stored, whatever somebody called it. */
export function reportedName(name: string): string {
  return cutAt(
    name
      .slice(0, 2 * maxReportedPoints)
      .toWellFormed()
      .replace(/\p{Cc}/gu, '\uFFFD'),
    maxReportedPoints,
  );
}

function whyNotStorable(text: string): string | null {
  if (text.includes('\0')) return 'holds U+0000';
  return text.isWellFormed() ? null : 'holds half a surrogate pair';
}
