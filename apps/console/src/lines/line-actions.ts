import type { LineReport } from '@pombo/db/line-report.ts';
import { authorise } from '@pombo/domain/authorise.ts';
import { type Html, html } from '../page/html.ts';
import { formToken } from '../sign-in/form-token.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import type { LineDeed } from './line-action-routes.ts';
import { linePath } from './line-address.ts';

/** What this visitor may do to the line; nothing where that is nothing. */
export function lineActions(visitor: Visitor, line: LineReport): Html | null {
  if (!authorise(visitor.role, 'operate')) return null;
  const form = (deed: LineDeed, fields: Html) =>
    html`<form class="row" method="post" action="${linePath(line.lineId)}/${deed}">${formToken(visitor.sessionId)}${fields}</form>`;
  const { word } = line.standing;
  return html`<section aria-label="Actions" class="actions">
${line.pausedAt === null ? form('pause', html`<button>Pause</button>`) : null}
${word === 'open' || word === 'inactive' ? null : form('resume', html`<button>Resume</button>`)}
${line.hasPageToken ? form('probe', html`<button>Probe now</button>`) : null}
<details><summary>Set the pace</summary>${form('pace', paceFields(line))}</details>
${authorise(visitor.role, 'administer') ? [replaceToken(form), activity(form, line)] : null}
</section>`;
}

type Form = (deed: LineDeed, fields: Html) => Html;

function paceFields({ pace, mediaPace }: LineReport): Html {
  return html`<div class="field"><label for="pace">Texts, images, files, a second</label><input id="pace" name="pace" inputmode="decimal" required value="${pace}"></div>
<div class="field"><label for="media-pace">Audio and video, a second</label><input id="media-pace" name="mediaPace" inputmode="decimal" required value="${mediaPace}"></div>
<button>Set</button>`;
}

/** It is never shown again, so a browser need not offer to remember it. */
function replaceToken(form: Form): Html {
  const fields = html`<div class="field"><label for="token">Page access token</label><input id="token" name="token" type="password" autocomplete="off" required></div>
<button>Replace</button>`;
  return html`<details><summary>Replace the token</summary><p class="soft">What stands against the line is forgotten, and Graph is asked whether the new token works.</p>${form('token', fields)}</details>`;
}

function activity(form: Form, { active }: LineReport): Html {
  if (!active) return form('activate', html`<button>Activate</button>`);
  return html`<details><summary>Deactivate</summary><p class="soft">Its callers are refused, and what was accepted waits.</p>${form('deactivate', html`<button class="danger">Deactivate the line</button>`)}</details>`;
}
