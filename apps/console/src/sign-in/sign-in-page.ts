import { html } from '../page/html.ts';
import { page } from '../page/page.ts';

interface SignInPage {
  /** Why the last try did not succeed. */
  complaint?: string;
  /** The browser came with a session that is over. */
  wasSignedIn?: boolean;
  /** The address that was asked for, where whoever signs in is sent on to. */
  to: string;
}

export function signInPage({ complaint, wasSignedIn = false, to }: SignInPage): string {
  return page({
    title: 'Pombo: sign in',
    main: html`<form class="sign-in" method="post" action="/sign-in">
<h1>Pombo</h1>
${wasSignedIn ? html`<p role="status">Your session is over. Sign in again.</p>` : null}${complaint === undefined ? null : html`<p class="bad" role="alert">${complaint}</p>`}<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<input type="hidden" name="to" value="${to}">
<button>Sign in</button>
</form>`,
  });
}
