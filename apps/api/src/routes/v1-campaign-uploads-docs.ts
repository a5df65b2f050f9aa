import { Type } from 'typebox';
import { nullable } from './nullable.ts';
import { problemSchema, problems } from './problem-schema.ts';
import { campaignCommon, campaignParams } from './v1-campaigns-docs.ts';

const uploadSchema = Type.Object({
  upload: Type.String({ description: 'The name of the upload.' }),
  complete: Type.Boolean({ description: 'Read to its end; the same upload is not read again.' }),
  broken: nullable('string', 'Why it could not be read to its end.'),
  rows: Type.Integer({ description: 'Rows that have been dealt with and are committed.' }),
  recipients: Type.Integer({ description: 'Those of them who were not on the campaign’s list before.' }),
  duplicates: Type.Integer(),
  bad: Type.Integer({ description: 'Rows nobody can be written to.' }),
  errors: Type.Array(Type.Object({ row: Type.Integer(), column: nullable('string'), error: Type.String() }), {
    description: 'The first thousand of the bad rows.',
  }),
});

/** As much of it as is known stands in a problem, too. */
const brokenOff = Type.Object(
  { ...problemSchema.properties, ...Type.Partial(uploadSchema).properties },
  { description: 'RFC 9457 problem details, and what of the list is committed' },
);

export const uploadDocs = {
  post: {
    ...campaignCommon,
    summary: 'Add recipients to a draft, from a list of any size',
    description: [
      'CSV (`text/csv`) with a header that names the column `dest` or `psid` and the variables, or NDJSON (`application/x-ndjson`); as it is, or as gzip (`Content-Encoding`). It is read as it arrives and committed in parts.',
      'When it breaks off, what was read before stays. The answer says how many rows are committed; the same list sent again with the same `Upload-Id` goes on after them, and sent after it was complete changes nothing.',
      'Credentials stand in the header or the query.',
    ].join('\n\n'),
    consumes: ['text/csv', 'application/x-ndjson'],
    params: campaignParams,
    body: Type.String({ description: 'The list.' }),
    headers: Type.Object({
      'upload-id': Type.Optional(
        Type.String({ description: '1 to 64 letters, digits, `_` `.` `:` `-`. Default: a random one.' }),
      ),
    }),
    response: {
      200: uploadSchema,
      ...problems,
      400: brokenOff,
      404: problemSchema,
      408: brokenOff,
      409: brokenOff,
      413: brokenOff,
      415: problemSchema,
      503: brokenOff,
    },
  },
  one: {
    ...campaignCommon,
    summary: 'What has become of an upload',
    params: Type.Object({ ...campaignParams.properties, upload: Type.String() }),
    response: { 200: uploadSchema, ...problems, 404: problemSchema },
  },
};
