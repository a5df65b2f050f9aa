/** A table as Markdown writes it. Ends without a line break. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

export function code(word: string): string {
  return `\`${word}\``;
}
