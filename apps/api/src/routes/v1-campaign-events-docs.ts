import { Type } from 'typebox';
import { problemSchema, problems } from './problem-schema.ts';
import { campaignCommon, campaignParams } from './v1-campaigns-docs.ts';

export const eventDocs = {
  ...campaignCommon,
  summary: 'The progress of a campaign as it happens',
  description:
    'Server-sent events. `progress`: at once, and whenever something has changed, at most once a second: state, because, recipients, counts, rate_now, eta, reasons. `end`: the campaign has ended (or the draft was deleted), and the stream with it. What was missed while nobody listened is of no consequence: the first event is the present state, whatever `Last-Event-ID` says.',
  params: campaignParams,
  produces: ['text/event-stream'],
  headers: Type.Object({ 'last-event-id': Type.Optional(Type.String()) }),
  response: { 200: Type.String(), ...problems, 404: problemSchema },
};
