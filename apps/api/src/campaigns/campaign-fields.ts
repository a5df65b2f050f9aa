import type { CampaignConduct, CampaignContent } from '@pombo/db/campaigns.ts';
import { messageTypeOf } from '@pombo/domain/message-type.ts';
import {
  day,
  integer,
  type MemberReader,
  type MembersOf,
  number,
  oneOf,
  rowNumber,
  text,
  texts,
  timeOfDay,
} from '../parameters/member-readers.ts';

const maxName = 255;
const maxInteger = 2 ** 31 - 1;

const messageType: MemberReader<CampaignContent['type']> = (given) => {
  const type = typeof given === 'string' ? messageTypeOf(given.trim()) : null;
  return type === null ? { must: 'text, image, audio, video or file' } : { value: type };
};

/** Everything somebody may say of a campaign but its line. */
export const changeReaders = {
  name: text(maxName),
  mtype: messageType,
  mdata: text(Number.POSITIVE_INFINITY),
  defaults: texts,
  // Beyond these the database's own arithmetic ends.
  rate: number('a number, 0.001 to 300', (value) => value >= 0.001 && value <= 300),
  priority: integer(-100, 100),
  time_zone: text(64),
  time_start: timeOfDay,
  time_end: timeOfDay,
  date_start: day,
  date_end: day,
  on_unknown: oneOf(['hold', 'resend']),
  validity: integer(60, 2_592_000),
  max_failed_percent: number('greater than 0 and at most 100', (value) => value > 0 && value <= 100),
  max_unknown: integer(0, maxInteger),
};

export const creationReaders = { ...changeReaders, line: rowNumber, app_id: rowNumber };

export type CampaignFields = MembersOf<typeof changeReaders>;

/** What a campaign is that nobody said anything about. */
const unsaid: CampaignContent & CampaignConduct = {
  name: '',
  type: 'text',
  template: '',
  defaults: {},
  rate: null,
  priority: 0,
  timeZone: 'UTC',
  timeStart: null,
  timeEnd: null,
  dateStart: null,
  dateEnd: null,
  onUnknown: 'hold',
  validitySeconds: 604_800,
  mostFailedPercent: null,
  mostUnknown: null,
};

/** What it says and how it is sent once these fields count, where before it was `base`. `null` takes a field back. */
export function settled(
  fields: CampaignFields,
  base: CampaignContent & CampaignConduct = unsaid,
): { content: CampaignContent; conduct: CampaignConduct } {
  const of = <T>(given: T | null | undefined, before: T, byDefault: T): T =>
    given === undefined ? before : (given ?? byDefault);
  return {
    content: {
      type: of(fields.mtype, base.type, unsaid.type),
      template: of(fields.mdata, base.template, unsaid.template),
      defaults: of(fields.defaults, base.defaults, unsaid.defaults),
    },
    conduct: {
      name: of(fields.name, base.name, unsaid.name),
      rate: of(fields.rate, base.rate, unsaid.rate),
      priority: of(fields.priority, base.priority, unsaid.priority),
      timeZone: of(fields.time_zone, base.timeZone, unsaid.timeZone),
      timeStart: of(fields.time_start, base.timeStart, unsaid.timeStart),
      timeEnd: of(fields.time_end, base.timeEnd, unsaid.timeEnd),
      dateStart: of(fields.date_start, base.dateStart, unsaid.dateStart),
      dateEnd: of(fields.date_end, base.dateEnd, unsaid.dateEnd),
      onUnknown: of(fields.on_unknown, base.onUnknown, unsaid.onUnknown),
      validitySeconds: of(fields.validity, base.validitySeconds, unsaid.validitySeconds),
      mostFailedPercent: of(fields.max_failed_percent, base.mostFailedPercent, unsaid.mostFailedPercent),
      mostUnknown: of(fields.max_unknown, base.mostUnknown, unsaid.mostUnknown),
    },
  };
}

export function saysContent(fields: CampaignFields): boolean {
  return fields.mtype !== undefined || fields.mdata !== undefined || fields.defaults !== undefined;
}

/** Those of `after` that differ: what somebody else changes meanwhile stays as they said. */
export function differing<T extends object>(before: T, after: T): Partial<T> {
  const entries = Object.entries(after).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof T]),
  );
  return Object.fromEntries(entries) as Partial<T>;
}
