import { createHmac } from 'node:crypto';
import { type Html, html } from '../page/html.ts';
import { sameSecret } from './constant-time.ts';

const fieldName = 'form';

/** The field that every form of a session carries: another site can neither read it nor make it. */
export function formToken(sessionId: string): Html {
  return html`<input type="hidden" name="${fieldName}" value="${tokenOf(sessionId)}">`;
}

/** Whether a form was made for this session. */
export function isFormOf(sessionId: string, form: URLSearchParams): boolean {
  return sameSecret(form.get(fieldName) ?? '', tokenOf(sessionId));
}

/** Made from the session's id, which cannot be read from it, so nothing has to be kept. */
function tokenOf(sessionId: string): string {
  return createHmac('sha256', sessionId).update('a form of the Pombo console').digest('base64url');
}
