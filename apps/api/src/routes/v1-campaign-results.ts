import { resultStates } from '@pombo/domain/campaign-state.ts';
import type { FastifyInstance } from 'fastify';
import { refuseOtherMethods } from '../allowed-methods.ts';
import { enterCampaign } from '../campaigns/campaign-entry.ts';
import type { CampaignParts } from '../campaigns/campaign-parts.ts';
import { download } from '../campaigns/download.ts';
import { createPlaces } from '../campaigns/places.ts';
import { mediaTypes, resultFormats, resultsFile } from '../campaigns/results-file.ts';
import type { Fields } from '../parameters/fields.ts';
import { sendMethodNotAllowed, sendProblem } from '../problem.ts';
import { whyNotWelcome } from '../still-welcome.ts';
import { answerFaults } from './ordinary-faults.ts';
import { resultDocs } from './v1-campaign-results-docs.ts';

const results = '/v1/campaigns/:id/results';

/** What became of each recipient, as a file of any size. */
export async function campaignResultRoutes(app: FastifyInstance, parts: CampaignParts): Promise<void> {
  answerFaults(app, parts.logger, 'a question about results failed');
  const { door, limits, lastCall, logger } = parts;
  const places = createPlaces({
    most: limits.maxDownloads,
    full: 'this process hands out as many files as it can just now',
    share: 'this account is handed as many files as one may be at once by this process',
    retryAfterSeconds: 10,
    onTaken: (taken) => parts.metrics.lastingWorkOpen.set({ work: 'downloads' }, taken),
  });

  app.get(results, { schema: resultDocs }, async (request, reply) => {
    const entry = await enterCampaign(request, parts, false);
    if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
    const asked = readAsked(entry.fields);
    if ('detail' in asked) return sendProblem(reply, { status: 400, title: 'bad request', ...asked });
    const place = places.take(entry.customerId);
    if (place.kind === 'refused') return sendProblem(reply, place.problem);
    const { campaignId } = entry.campaign;
    const shown = { credentials: entry.credentials, address: request.story.address, needsToSend: false };
    const name = `campaign-${campaignId}-${asked.state ?? 'results'}.${asked.format}`;
    const pages = resultsFile(parts, campaignId, asked.format, asked.state);
    try {
      // What fails before there is anything to hand out is a problem and no file.
      const first = await pages.next();
      reply.header('content-type', mediaTypes[asked.format]).header('cache-control', 'no-store');
      reply.header('content-disposition', `attachment; filename="${name}"`);
      return download(
        reply,
        { first, others: pages },
        {
          silenceMs: limits.downloadSilenceMs,
          isWelcome: async () => (await whyNotWelcome(door, shown)) === null,
          lastCall,
          logger,
          onEnd: place.leave,
        },
      );
    } catch (error) {
      place.leave();
      throw error;
    }
  });

  refuseOtherMethods(app, { [results]: ['GET'] }, sendMethodNotAllowed);
}

/** An empty parameter counts as not sent. */
function readAsked(fields: Fields) {
  const format = resultFormats.find((known) => known === (fields.get('format') || 'csv'));
  if (!format) return { detail: `format must be one of ${resultFormats.join(', ')}` };
  const named = fields.get('state') || null;
  const state = resultStates.find((known) => known === named) ?? null;
  if (state !== named) return { detail: `state must be one of ${resultStates.join(', ')}` };
  return { format, state };
}
