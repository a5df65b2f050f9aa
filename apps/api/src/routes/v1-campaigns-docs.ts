import { campaignStates, recipientStates } from '@pombo/domain/campaign-state.ts';
import { Type } from 'typebox';
import { nullable } from './nullable.ts';
import { problemSchema, problems, security } from './problem-schema.ts';

/** What every route of campaigns says of itself. */
export const campaignCommon = { tags: ['Campaigns'], security };

export const campaignParams = Type.Object({ id: Type.String({ description: 'The number of the campaign.' }) });

const textsSchema = (description: string) =>
  Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties: { type: 'string' }, description });

const countsSchema = Type.Object(Object.fromEntries(recipientStates.map((state) => [state, Type.Integer()])), {
  description: 'How many recipients are in which state. At every instant these add up to `recipients`.',
});

const campaignSchema = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  line: Type.Integer(),
  state: Type.String({ description: `One of ${campaignStates.join(', ')}.` }),
  because: nullable(
    'string',
    'Why it is in this state, where that needs saying; or why it sends nothing just now: its hours, its line, or media that is not uploaded yet.',
  ),
  mtype: Type.String(),
  mdata: Type.String({ description: 'With `{{name}}` where a variable of the recipient goes.' }),
  defaults: textsSchema('What stands for a variable that a recipient does not have.'),
  rate: nullable('number', 'Messages per second; null: as the line allows.'),
  priority: Type.Integer(),
  time_zone: Type.String(),
  time_start: nullable('string'),
  time_end: nullable('string'),
  date_start: nullable('string'),
  date_end: nullable('string'),
  on_unknown: Type.String(),
  validity: Type.Integer(),
  max_failed_percent: nullable('number'),
  max_unknown: nullable('integer'),
  recipients: Type.Integer(),
  counts: countsSchema,
  rate_now: Type.Number({ description: 'Messages per second, a mean over about ten seconds.' }),
  eta: nullable('string', 'When it will have ended at the present rate; null when nobody can say.'),
  created_at: Type.String({ format: 'date-time' }),
  starts_at: nullable('string'),
  started_at: nullable('string'),
  first_sent_at: nullable('string'),
  last_sent_at: nullable('string'),
  ended_at: nullable('string'),
});

export const campaignWithReasonsSchema = Type.Object({
  ...campaignSchema.properties,
  reasons: Type.Array(
    Type.Object({
      state: Type.String({ description: '`failed` or `invalid`.' }),
      code: nullable('string', 'Graph’s code and subcode, such as `100/2018001`.'),
      because: Type.String(),
      count: Type.Integer(),
    }),
    { description: 'Why recipients were not sent to, the most frequent first, at most 20.' },
  ),
});

const nullableField = (type: 'string' | 'integer' | 'number', description: string) =>
  Type.Optional(nullable(type, description));

const changeable = {
  name: Type.Optional(Type.String({ description: '1 to 255 characters.' })),
  mtype: Type.Optional(Type.String({ description: '`text` (default), `image`, `audio`, `video` or `file`.' })),
  mdata: Type.Optional(
    Type.String({ description: 'What is said, with `{{name}}` for variables; for media its http(s) URL.' }),
  ),
  defaults: Type.Optional(textsSchema('What stands for a variable that a recipient does not have.')),
  rate: nullableField('number', 'Messages per second, 0.001 to 300 and not above the line’s own pace.'),
  priority: nullableField('integer', '-100 to 100, default 0. Among the campaigns of one line the higher goes first.'),
  time_zone: nullableField('string', 'IANA name, default `UTC`.'),
  time_start: nullableField('string', '`HH:MM`. Both or neither; where the end is first it goes over midnight.'),
  time_end: nullableField('string', '`HH:MM`.'),
  date_start: nullableField('string', '`YYYY-MM-DD`, the first day.'),
  date_end: nullableField('string', '`YYYY-MM-DD`, the last day.'),
  on_unknown: nullableField('string', '`hold` (default) or `resend`.'),
  validity: nullableField('integer', 'Seconds each message may wait to be sent: 60 to 2592000, default 604800.'),
  max_failed_percent: nullableField('number', 'It stops itself when more than this share has failed.'),
  max_unknown: nullableField('integer', 'It stops itself when more than so many outcomes are unknown.'),
};

const notFound = { 404: problemSchema };
const conflict = { 409: problemSchema };
const badType = { 413: problemSchema, 415: problemSchema };

export const campaignDocs = {
  create: {
    ...campaignCommon,
    summary: 'Make a campaign, as a draft',
    description: 'A field that is not known here is refused: a typo in a budget must not be silent.',
    consumes: ['application/json'],
    body: Type.Object({
      ...changeable,
      name: Type.String({ description: '1 to 255 characters.' }),
      mdata: Type.String({ description: 'What is said, with `{{name}}` for variables; for media its http(s) URL.' }),
      line: Type.Optional(Type.Union([Type.Integer(), Type.String()], { description: 'The Messenger line.' })),
      app_id: Type.Optional(Type.Union([Type.Integer(), Type.String()], { description: 'The same.' })),
    }),
    response: { 201: campaignWithReasonsSchema, ...problems, ...badType },
  },
  list: {
    ...campaignCommon,
    summary: 'The newest campaigns first',
    querystring: Type.Object({
      state: Type.Optional(Type.String()),
      before: Type.Optional(Type.String({ description: 'Only those below this number: `next` of the page before.' })),
      limit: Type.Optional(Type.String({ description: '1 to 200, default 50.' })),
    }),
    response: {
      200: Type.Object({
        campaigns: Type.Array(campaignSchema),
        next: nullable('string', 'Pass it as `before`; null: no more.'),
      }),
      ...problems,
    },
  },
  one: {
    ...campaignCommon,
    summary: 'One campaign, and why recipients were not sent to',
    params: campaignParams,
    response: { 200: campaignWithReasonsSchema, ...problems, ...notFound },
  },
  change: {
    ...campaignCommon,
    summary: 'Change a campaign',
    description:
      'What it says (`mtype`, `mdata`, `defaults`) in a draft only, the rest until it has ended. `null` takes a field back: it has its default again, or none.',
    consumes: ['application/json'],
    params: campaignParams,
    body: Type.Object(changeable),
    response: { 200: campaignWithReasonsSchema, ...problems, ...notFound, ...conflict, ...badType },
  },
  remove: {
    ...campaignCommon,
    summary: 'Delete a draft and its list',
    params: campaignParams,
    response: { 204: Type.Null(), ...problems, ...notFound, ...conflict },
  },
};
