import { Type } from 'typebox';
import { nullable } from './nullable.ts';
import { problemSchema, problems } from './problem-schema.ts';
import { campaignCommon } from './v1-campaigns-docs.ts';

const change = {
  ...campaignCommon,
  consumes: ['application/json'],
  body: Type.Object({
    dests: Type.Array(Type.Union([Type.String(), Type.Integer()]), { description: '1 to 10000 PSIDs.' }),
  }),
};
const refusals = { ...problems, 413: problemSchema, 415: problemSchema };

export const exclusionDocs = {
  list: {
    ...campaignCommon,
    summary: 'Whom campaigns must not write to',
    querystring: Type.Object({
      after: Type.Optional(Type.String({ description: 'Only those after this one: `next` of the page before.' })),
      limit: Type.Optional(Type.String({ description: '1 to 10000, default 1000.' })),
    }),
    response: {
      200: Type.Object({
        exclusions: Type.Array(Type.Object({ dest: Type.String(), created_at: Type.String({ format: 'date-time' }) })),
        next: nullable('string', 'Pass it as `after`; null: no more.'),
      }),
      ...problems,
    },
  },
  add: {
    ...change,
    summary: 'Put recipients on the exclusion list',
    response: { 200: Type.Object({ added: Type.Integer({ description: 'Who were not on it yet.' }) }), ...refusals },
  },
  remove: {
    ...change,
    summary: 'Take recipients from the exclusion list',
    response: { 200: Type.Object({ removed: Type.Integer({ description: 'Who were on it.' }) }), ...refusals },
  },
};
