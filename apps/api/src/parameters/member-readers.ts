import { isRowNumber } from '@pombo/domain/row-number.ts';
import { isLongerThan } from '@pombo/domain/text.ts';

/** What a member was read as; or what it would have to be. */
export type MemberReading<T> = { value: T } | { must: string };

export type MemberReader<T> = (given: unknown) => MemberReading<T>;

export type MembersOf<Readers extends Record<string, MemberReader<unknown>>> = {
  [Name in keyof Readers]?: (Readers[Name] extends MemberReader<infer T> ? T : never) | null;
};

/** Reads every member by its reader. `null` is passed on, and a member without a reader is a fault: it may be a typo. */
export function readEach<Readers extends Record<string, MemberReader<unknown>>>(
  given: ReadonlyMap<string, unknown>,
  readers: Readers,
): { kind: 'members'; members: MembersOf<Readers> } | { kind: 'invalid'; detail: string } {
  const members: Record<string, unknown> = {};
  for (const [name, value] of given) {
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (!reader) return { kind: 'invalid', detail: `${name.slice(0, 64)} is not a field here` };
    const reading: MemberReading<unknown> = value === null ? { value: null } : reader(value);
    if ('must' in reading) return { kind: 'invalid', detail: `${name} must be ${reading.must}` };
    members[name] = reading.value;
  }
  return { kind: 'members', members: members as MembersOf<Readers> };
}

export function text(maxPoints: number): MemberReader<string> {
  const must = Number.isFinite(maxPoints) ? `a text of 1 to ${maxPoints} characters` : 'a text';
  return (given) =>
    typeof given === 'string' && given.trim() !== '' && !isLongerThan(given, maxPoints) ? { value: given } : { must };
}

/** Texts by name, where numbers and booleans count as the text they are written as. */
export const texts: MemberReader<Record<string, string>> = (given) => {
  const must = 'an object of texts';
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { must };
  const entries = Object.entries(given).filter(([, value]) => value !== null);
  if (entries.some(([, value]) => typeof value === 'object')) return { must };
  return { value: Object.fromEntries(entries.map(([name, value]) => [name, String(value)])) };
};

export function oneOf<Word extends string>(words: readonly Word[]): MemberReader<Word> {
  return (given) => {
    const word = words.find((known) => known === given);
    return word === undefined ? { must: `one of ${words.join(', ')}` } : { value: word };
  };
}

/** Numbers may arrive as strings. */
export function number(must: string, isRight: (value: number) => boolean): MemberReader<number> {
  return (given) => {
    const isText = typeof given === 'string' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(given);
    const value = isText ? Number(given) : given;
    return typeof value === 'number' && Number.isFinite(value) && isRight(value) ? { value } : { must };
  };
}

export function integer(from: number, to: number): MemberReader<number> {
  return number(`an integer, ${from} to ${to}`, (value) => Number.isSafeInteger(value) && value >= from && value <= to);
}

/** The number of a row as decimal text, without leading zeros. */
export const rowNumber: MemberReader<string> = (given) => {
  const digits = typeof given === 'number' || typeof given === 'string' ? String(given).trim() : '';
  return isRowNumber(digits) ? { value: String(BigInt(digits)) } : { must: 'the number of a row' };
};

/** A PSID: digits, as text or as a JSON number. */
export const psid: MemberReader<string> = (given) => {
  const digits = typeof given === 'number' || typeof given === 'string' ? String(given).trim() : '';
  return /^\d{1,64}$/.test(digits) ? { value: digits } : { must: 'a PSID: 1 to 64 digits' };
};

/** `HH:MM` of a clock on the wall. */
export const timeOfDay: MemberReader<string> = (given) =>
  typeof given === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(given)
    ? { value: given }
    : { must: 'a time of day, HH:MM' };

/** `YYYY-MM-DD`, a day there is. */
export const day: MemberReader<string> = (given) => {
  const isDay = typeof given === 'string' && /^[1-9]\d{3}-\d\d-\d\d$/.test(given) && isInCalendar(given);
  return isDay ? { value: given } : { must: 'a day, YYYY-MM-DD' };
};

/** The 30th of February would be taken for the 2nd of March. */
function isInCalendar(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** A moment, which without its zone would be another one elsewhere. */
export const moment: MemberReader<Date> = (given) => {
  const must = 'a time with its zone, such as 2030-01-31T09:00:00Z';
  if (typeof given !== 'string' || !/^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(given))
    return { must };
  const value = new Date(given);
  return Number.isNaN(value.getTime()) || !isInCalendar(given.slice(0, 10)) ? { must } : { value };
};
