import { Type } from 'typebox';
import { problemSchema, problems } from './problem-schema.ts';
import { campaignCommon, campaignParams, campaignWithReasonsSchema } from './v1-campaigns-docs.ts';

const common = {
  ...campaignCommon,
  params: campaignParams,
  response: {
    200: campaignWithReasonsSchema,
    ...problems,
    404: problemSchema,
    409: problemSchema,
    413: problemSchema,
    415: problemSchema,
  },
};

export const moveDocs = {
  start: {
    ...common,
    summary: 'Start a draft, now or at a time of its own',
    consumes: ['application/json'],
    body: Type.Object({
      at: Type.Optional(Type.String({ format: 'date-time', description: 'With its zone. A time gone by is now.' })),
    }),
  },
  pause: { ...common, summary: 'Let a campaign wait: no new call begins once this is answered' },
  resume: {
    ...common,
    summary: 'Let a paused, stopped or finished campaign go on',
    consumes: ['application/json'],
    body: Type.Object({
      scope: Type.Optional(
        Type.String({
          description:
            '`pending` (default): those not handled yet. `failed` or `unknown`: those are sent to again; `unknown` accepts that some get it twice.',
        }),
      ),
    }),
  },
  cancel: { ...common, summary: 'End a campaign: whoever is still waiting will not hear from it' },
};
