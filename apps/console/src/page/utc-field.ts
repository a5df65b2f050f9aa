import { type Html, html } from './html.ts';

/** A field for a moment in UTC. */
export function utcField(name: string, label: string, value = ''): Html {
  return html`<div class="field"><label for="${name}">${label} (UTC)</label><input type="datetime-local" id="${name}" name="${name}" value="${value}"></div>`;
}

/** What such a field said, `2026-11-24T09:00`; null when that is no moment. Pure. */
export function readUtc(text: string): Date | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text)) return null;
  const at = new Date(`${text}Z`);
  // The 30th of February would be taken for the 2nd of March.
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) ? at : null;
}
