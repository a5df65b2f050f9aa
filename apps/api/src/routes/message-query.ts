import type { MessageFilter } from '@pombo/db/message-log.ts';
import { logStatuses } from '@pombo/domain/delivery-state.ts';
import { isRowNumber } from '@pombo/domain/row-number.ts';
import type { Fields } from '../parameters/fields.ts';

export type QueryReading = { kind: 'filter'; filter: MessageFilter } | { kind: 'invalid'; detail: string };

const defaultLimit = 50;
const maxLimit = 200;

/** Reads the filters of a list. An empty filter counts as not sent. */
export function readMessageQuery(fields: Fields): QueryReading {
  const asked = fields.get('status')?.toUpperCase() || null;
  const status = logStatuses.find((known) => known === asked) ?? null;
  if (asked !== status) return { kind: 'invalid', detail: `status must be one of ${logStatuses.join(', ')}` };
  const numbers = { line: fields.get('line'), before: fields.get('before'), campaign: fields.get('campaign') };
  const odd = Object.entries(numbers).find(([, text]) => text && !isRowNumber(text));
  if (odd) return { kind: 'invalid', detail: `${odd[0]} must be a number` };
  const limit = fields.get('limit') || String(defaultLimit);
  if (!/^\d{1,9}$/.test(limit) || Number(limit) < 1) return { kind: 'invalid', detail: 'limit must be 1 to 200' };
  return {
    kind: 'filter',
    filter: {
      lineId: numbers.line || null,
      status,
      dest: fields.get('dest') || null,
      reference: fields.get('msg_id') || null,
      campaignId: numbers.campaign || null,
      beforeId: numbers.before || null,
      limit: Math.min(Number(limit), maxLimit),
    },
  };
}
