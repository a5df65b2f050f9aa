/** Text that is HTML already. Everything else is escaped when it is put into a page. */
export interface Html {
  readonly html: string;
}

type Value = string | number | null | Html | readonly Html[];

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A piece of a page. What is put in is escaped, unless it was made by this function as well. */
export function html(pieces: TemplateStringsArray, ...values: readonly Value[]): Html {
  const filled = pieces.map((piece, at) => piece + (at < values.length ? written(values[at] ?? null) : ''));
  return { html: filled.join('') };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);
}

function written(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'object') return 'html' in value ? value.html : value.map((part) => part.html).join('');
  return escapeHtml(String(value));
}
