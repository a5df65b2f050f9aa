import { Type } from 'typebox';

export const problemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.Optional(Type.String()),
    code: Type.Optional(Type.Integer({ description: 'The family’s number, when it has one.' })),
  },
  { description: 'RFC 9457 problem details' },
);

/** What every question may be answered with. */
export const problems = { 400: problemSchema, 401: problemSchema, 403: problemSchema, 503: problemSchema };

/** Any of these opens the door. */
export const security = [{ tsid: [] }, { bearer: [] }, { basic: [] }];
