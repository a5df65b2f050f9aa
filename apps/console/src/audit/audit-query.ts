import { type AuditFilter, auditedActions } from '@pombo/db/audit.ts';
import { isRowNumber } from '@pombo/domain/row-number.ts';
import { queryReader } from '../page/query-reader.ts';
import { readUtc } from '../page/utc-field.ts';

/** What the filters say, as they were typed. */
export type AuditFields = Record<'who' | 'action' | 'from' | 'until' | 'before', string>;

export interface AuditQuery {
  fields: AuditFields;
  /** Null when nothing can be like this, because a time is none. */
  filter: AuditFilter | null;
}

/** Reads the filters of the audit. Pure. */
export function readAuditQuery(query: unknown): AuditQuery {
  const said = queryReader(query);
  const fields = {
    who: said('who'),
    action: said('action'),
    from: said('from'),
    until: said('until'),
    before: said('before'),
  };
  const [from, until] = [readUtc(fields.from), readUtc(fields.until)];
  const isRead =
    (from !== null || fields.from === '') &&
    (until !== null || fields.until === '') &&
    (fields.before === '' || isRowNumber(fields.before)) &&
    (fields.action === '' || auditedActions.some((known) => known === fields.action));
  if (!isRead) return { fields, filter: null };
  return {
    fields,
    filter: {
      ...(fields.who && { who: fields.who }),
      ...(fields.action && { action: fields.action }),
      ...(from && { from }),
      ...(until && { until }),
      ...(fields.before && { before: fields.before }),
    },
  };
}
