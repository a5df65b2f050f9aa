import { html } from './html.ts';
import { page } from './page.ts';

export function signInPage(wrong: boolean): string {
  const complaint = wrong ? html`<p class="bad" role="alert">That is not the admin token.</p>` : null;
  return page(
    'Pombo: sign in',
    html`<form class="sign-in" method="post" action="/sign-in">
<h1>Pombo</h1>
${complaint}<label for="token">Admin token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button>
</form>`,
    null,
  );
}
