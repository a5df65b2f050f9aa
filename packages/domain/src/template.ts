import { type ContentFault, contentFault } from './content.ts';
import type { MessageType } from './message-type.ts';

/** What a campaign says, taken apart: literal text, and the names of variables. */
export type Template = readonly (string | { variable: string })[];

export type TemplateReading = { kind: 'template'; template: Template } | { kind: 'broken'; because: string };

/** The values of a recipient, or those that stand in where a recipient has none. */
export type Variables = Readonly<Record<string, string>>;

export type Rendering = { kind: 'message'; data: string } | { kind: 'invalid'; because: string };

const name = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

/** Reads `Hello {{name}}`. Two braces always open a variable; there is no other syntax. */
export function readTemplate(text: string): TemplateReading {
  const template: (string | { variable: string })[] = [];
  let from = 0;
  for (;;) {
    const open = text.indexOf('{{', from);
    if (open === -1) break;
    const close = text.indexOf('}}', open);
    if (close === -1) return { kind: 'broken', because: `{{ at character ${open + 1} is not closed` };
    const variable = text.slice(open + 2, close).trim();
    if (!name.test(variable))
      return { kind: 'broken', because: `{{${variable.slice(0, 64)}}} is not a variable's name` };
    if (open > from) template.push(text.slice(from, open));
    template.push({ variable });
    from = close + 2;
  }
  if (from < text.length) template.push(text.slice(from));
  return { kind: 'template', template };
}

/** The names in a template, each once, in their order. */
export function variablesOf(template: Template): string[] {
  return [...new Set(template.flatMap((part) => (typeof part === 'string' ? [] : [part.variable])))];
}

const faultWords = {
  empty: 'nothing is left to say',
  too_long: 'the text is longer than 2000 characters',
  invalid_url: 'the URL is not an absolute http(s) URL',
} as const satisfies Record<ContentFault, string>;

/** What one recipient gets; or why nothing can be made for this one, in words that many share. */
export function renderFor(
  recipient: { dest: string; variables: Variables | null },
  content: { type: MessageType; template: Template; defaults: Variables },
): Rendering {
  if (!/^\d+$/.test(recipient.dest)) return { kind: 'invalid', because: 'not a PSID: these are digits' };
  let data = '';
  for (const part of content.template) {
    const text = typeof part === 'string' ? part : valueFor(part.variable, recipient.variables, content.defaults);
    if (text === null)
      return { kind: 'invalid', because: `no value for {{${(part as { variable: string }).variable}}}` };
    data += text;
  }
  const fault = contentFault(content.type, data);
  return fault === null ? { kind: 'message', data } : { kind: 'invalid', because: faultWords[fault] };
}

/** An empty value counts as none, because that is what an empty cell of a list means. */
function valueFor(variable: string, own: Variables | null, defaults: Variables): string | null {
  if (own && Object.hasOwn(own, variable) && own[variable] !== '') return own[variable] ?? null;
  return Object.hasOwn(defaults, variable) ? (defaults[variable] ?? null) : null;
}
