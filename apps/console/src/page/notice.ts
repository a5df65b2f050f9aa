import { type Html, html } from './html.ts';

/**
 * What a page says once, after one of its forms was taken and the browser was sent on to it with `?said=…`: the address
 * carries a word, and the sentence is the page's own. A word it does not know says nothing.
 */
export function notice(said: unknown, sentences: Readonly<Record<string, string>>): Html | null {
  if (typeof said !== 'string' || !Object.hasOwn(sentences, said)) return null;
  return html`<p class="notice" role="status">${sentences[said] ?? ''}</p>`;
}
