import { recipientStates } from '@pombo/domain/campaign-state.ts';
import type { FastifyInstance } from 'fastify';
import { refuseOtherMethods } from '../allowed-methods.ts';
import { enterCampaign } from '../campaigns/campaign-entry.ts';
import type { CampaignParts } from '../campaigns/campaign-parts.ts';
import { download } from '../campaigns/download.ts';
import { mediaTypes, resultFormats, resultsFile } from '../campaigns/results-file.ts';
import type { Fields } from '../parameters/fields.ts';
import { sendMethodNotAllowed, sendProblem } from '../problem.ts';
import { answerFaults } from './ordinary-faults.ts';
import { resultDocs } from './v1-campaign-results-docs.ts';

const results = '/v1/campaigns/:id/results';

/** What became of each recipient, as a file of any size. */
export async function campaignResultRoutes(app: FastifyInstance, parts: CampaignParts): Promise<void> {
  answerFaults(app, parts.logger, 'a question about results failed');
  const { limits, lastCall, logger } = parts;

  app.get(results, { schema: resultDocs }, async (request, reply) => {
    const entry = await enterCampaign(request, parts, false);
    if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
    const asked = readAsked(entry.fields);
    if ('detail' in asked) return sendProblem(reply, { status: 400, title: 'bad request', ...asked });
    const { campaignId } = entry.campaign;
    const name = `campaign-${campaignId}-${asked.state ?? 'results'}.${asked.format}`;
    reply.header('content-type', mediaTypes[asked.format]).header('cache-control', 'no-store');
    reply.header('content-disposition', `attachment; filename="${name}"`);
    const file = resultsFile(parts, campaignId, asked.format, asked.state);
    return download(reply, file, { silenceMs: limits.downloadSilenceMs, lastCall, logger });
  });

  refuseOtherMethods(app, { [results]: ['GET'] }, sendMethodNotAllowed);
}

/** An empty parameter counts as not sent. */
function readAsked(fields: Fields) {
  const format = resultFormats.find((known) => known === (fields.get('format') || 'csv'));
  if (!format) return { detail: `format must be one of ${resultFormats.join(', ')}` };
  const named = fields.get('state') || null;
  const state = recipientStates.find((known) => known === named) ?? null;
  if (state !== named) return { detail: `state must be one of ${recipientStates.join(', ')}` };
  return { format, state };
}
