import { html } from '../page/html.ts';
import { page } from '../page/page.ts';

/** @param complaint why the last try did not succeed; null: there was none */
export function signInPage(complaint: string | null): string {
  return page({
    title: 'Pombo: sign in',
    main: html`<form class="sign-in" method="post" action="/sign-in">
<h1>Pombo</h1>
${complaint === null ? null : html`<p class="bad" role="alert">${complaint}</p>`}<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>`,
  });
}
