import { html } from './html.ts';
import { page } from './page.ts';

/** A page that has one thing to say and a way back. */
export function sentencePage(sentence: string): string {
  return page({
    title: 'Pombo',
    main: html`<h1>Pombo</h1><p class="bad" role="alert">${sentence}</p><p><a href="/">To the overview</a></p>`,
  });
}
