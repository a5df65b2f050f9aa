import { expect, test } from 'vitest';
import { html } from './html.ts';

test('what is put into a page cannot become markup', () => {
  const evil = `<script>alert("x")</script>&'`;
  expect(html`<p title="${evil}">${evil}</p>`.html).toBe(
    '<p title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;">&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;</p>',
  );
});

test('pieces of pages are put in as they are, and nothing for null', () => {
  expect(html`<ul>${[html`<li>${1}</li>`, html`<li>${'a&b'}</li>`]}</ul>${null}`.html).toBe(
    '<ul><li>1</li><li>a&amp;b</li></ul>',
  );
});
