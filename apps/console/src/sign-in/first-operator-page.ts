import { html } from '../page/html.ts';
import { page } from '../page/page.ts';

/**
 * Shown as long as there is no operator.
 *
 * @param complaint why the last try did not succeed; null: there was none
 */
export function firstOperatorPage(complaint: string | null): string {
  return page({
    title: 'Pombo: the first operator',
    main: html`<form class="sign-in" method="post" action="/first-operator">
<h1>Pombo</h1>
<p>There is no operator yet. Whoever has the ADMIN_TOKEN makes the first one here, an admin; the others are made with
<code>npx pombo operator create</code>.</p>
${complaint === null ? null : html`<p class="bad" role="alert">${complaint}</p>`}<label for="token">ADMIN_TOKEN</label>
<input id="token" name="token" type="password" autocomplete="off" required autofocus>
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required>
<label for="password">Password <span class="soft">at least 12 characters</span></label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="12" required>
<button>Make the first operator</button>
</form>`,
  });
}
