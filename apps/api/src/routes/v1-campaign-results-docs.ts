import { Type } from 'typebox';
import { problemSchema, problems } from './problem-schema.ts';
import { campaignCommon, campaignParams } from './v1-campaigns-docs.ts';

export const resultDocs = {
  ...campaignCommon,
  summary: 'What became of each recipient, as a file',
  description:
    'Columns: number, psid, state, cdls_id, message_id, return_code, reason, attempts, created_at, settled_at. In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe. A file that breaks off ends without the mark of its end (the last chunk): ask again.',
  params: campaignParams,
  produces: ['text/csv', 'application/x-ndjson'],
  querystring: Type.Object({
    format: Type.Optional(Type.String({ description: '`csv` (default) or `ndjson`.' })),
    state: Type.Optional(Type.String({ description: 'Only recipients in this state.' })),
  }),
  response: { 200: Type.String({ description: 'The file.' }), ...problems, 404: problemSchema },
};
