import type { CampaignOrder } from '@pombo/domain/campaign-order.ts';
import { type CampaignAction, resumeScopes } from '@pombo/domain/campaign-state.ts';
import { readUtc } from '../page/utc-field.ts';

export type OrderReading = { kind: 'order'; order: CampaignOrder } | { kind: 'refused'; said: 'no_time' | 'past_time' };

/** What a form of a campaign's page asks for. A start at a time that is over is refused: it would start at once. Pure. */
export function readOrder(action: CampaignAction, form: URLSearchParams, now: Date): OrderReading {
  if (action === 'start' && form.has('at')) return readStart(readUtc(form.get('at') ?? ''), now);
  if (action === 'start') return { kind: 'order', order: { action, at: null } };
  if (action !== 'resume') return { kind: 'order', order: { action } };
  const scope = resumeScopes.find((known) => known === form.get('scope')) ?? 'pending';
  return { kind: 'order', order: { action, scope } };
}

function readStart(at: Date | null, now: Date): OrderReading {
  if (at === null) return { kind: 'refused', said: 'no_time' };
  if (at <= now) return { kind: 'refused', said: 'past_time' };
  return { kind: 'order', order: { action: 'start', at } };
}
