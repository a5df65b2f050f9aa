import { Type } from 'typebox';
import { nullable } from './nullable.ts';
import { problemSchema, problems } from './problem-schema.ts';
import { campaignCommon, campaignParams } from './v1-campaigns-docs.ts';

const common = { ...campaignCommon, params: campaignParams };

export const trialDocs = {
  test: {
    ...common,
    summary: 'Send the campaign’s message to one recipient now',
    description: 'It does not count in the campaign. `Location` says where its outcome is.',
    consumes: ['application/json'],
    body: Type.Object({
      dest: Type.Union([Type.String(), Type.Integer()], { description: 'The PSID.' }),
      variables: Type.Optional(
        Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties: { type: 'string' } }),
      ),
    }),
    response: {
      202: Type.Object({ cdls_id: Type.Integer(), mdata: Type.String() }),
      ...problems,
      404: problemSchema,
      413: problemSchema,
      415: problemSchema,
      429: problemSchema,
    },
  },
  preview: {
    ...common,
    summary: 'What one recipient of the list would get',
    querystring: Type.Object({
      row: Type.Optional(Type.String({ description: 'The place on the list, from 1 on. Default 1.' })),
    }),
    response: {
      200: Type.Object({
        row: Type.Integer(),
        dest: Type.String(),
        mdata: nullable('string'),
        error: nullable('string', 'Why no message can be made.'),
        excluded: Type.Boolean({ description: 'On the exclusion list.' }),
      }),
      ...problems,
      404: problemSchema,
    },
  },
  dryRun: {
    ...common,
    summary: 'What the whole list would come to, without sending anything',
    response: {
      200: Type.Object({
        recipients: Type.Integer(),
        sendable: Type.Integer(),
        refused: Type.Array(
          Type.Object({
            reason: Type.String(),
            count: Type.Integer(),
            example: Type.Object({
              row: Type.Integer({ description: 'The place on the list, as `preview` counts.' }),
              dest: Type.String(),
            }),
          }),
        ),
        excluded: Type.Integer(),
      }),
      ...problems,
      404: problemSchema,
      415: problemSchema,
    },
  },
};
