/** What a command has to say: for programs, and for people. */
export type Answer =
  | { kind: 'done'; json: unknown; text: string }
  /** It was not done, and why, in one sentence; for programs, what else is known. */
  | { kind: 'refused'; sentence: string; json?: object }
  /** What it had to say broke off in the middle: nothing may be added to that. */
  | { kind: 'broke_off'; sentence: string }
  /** It was done, and everything was said meanwhile. */
  | { kind: 'told' };

export const done = (json: unknown, text: string): Answer => ({ kind: 'done', json, text });
export const refused = (sentence: string, json?: object): Answer => ({
  kind: 'refused',
  sentence,
  ...(json && { json }),
});
export const told: Answer = { kind: 'told' };

/** Rows as a table, columns as wide as they need; `none` when there is none. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return none;
  const widths = headings.map((heading, at) => Math.max(heading.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** A database number as a JSON integer. Ours stay far below 2^53. */
export const integer = (id: string): number => Number(id);

/** A moment for people, to the second; a dash when there is none. */
export function moment(at: Date | null): string {
  return at === null ? '-' : at.toISOString().slice(0, 19).replace('T', ' ');
}
