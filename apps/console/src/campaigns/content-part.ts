import type { Campaign } from '@pombo/db/campaigns.ts';
import { type Html, html } from '../page/html.ts';

/** What it says to each. Media are named and not shown: nothing of another host is loaded. */
export function contentPart({ type, template, defaults }: Campaign): Html {
  const fallbacks = Object.entries(defaults).map(
    ([name, value]) => html`<dt><bdi>${name}</bdi></dt><dd><bdi>${value}</bdi></dd>`,
  );
  return html`<p class="soft">${type === 'text' ? 'Text' : `The address of the ${type}`}${template.includes('{{') ? ', with a variable of each recipient in double braces' : null}</p>
<pre class="content" dir="auto">${template}</pre>
${fallbacks.length === 0 ? null : html`<h3>For a variable a recipient does not have</h3><dl class="facts">${fallbacks}</dl>`}`;
}
