import type { FastifyInstance } from 'fastify';
import { refuseOtherMethods } from '../allowed-methods.ts';
import { enterCampaign, noSuchCampaign } from '../campaigns/campaign-entry.ts';
import type { CampaignParts } from '../campaigns/campaign-parts.ts';
import { readSamples } from '../campaigns/campaign-sample.ts';
import { openEventDesk } from '../campaigns/event-desk.ts';
import { createProgressSampler } from '../campaigns/progress-sampler.ts';
import { type Problem, sendMethodNotAllowed, sendProblem } from '../problem.ts';
import { answerFaults } from './ordinary-faults.ts';
import { eventDocs } from './v1-campaign-events-docs.ts';

const events = '/v1/campaigns/:id/events';

const tooMany: Problem = {
  status: 503,
  title: 'unavailable',
  detail: 'as many watch campaigns by this process as may; ask for the campaign itself instead',
  retryAfterSeconds: 30,
};

/** The progress of a campaign as it happens, as server-sent events. */
export async function campaignEventRoutes(app: FastifyInstance, parts: CampaignParts): Promise<void> {
  answerFaults(app, parts.logger, 'a question about the progress of campaigns failed');
  const { database, limits, logger, stopping, lastCall, door } = parts;
  const sampler = createProgressSampler({
    read: (campaignIds) => readSamples(database, campaignIds),
    everyMs: limits.sampleMs,
    onTrouble: (err) => logger.warn({ err }, 'the progress of campaigns cannot be read'),
  });
  const { maxStreams, heartbeatMs } = limits;
  const desk = openEventDesk({ door, sampler, maxStreams, heartbeatMs, stopping, lastCall });

  app.get(events, { schema: eventDocs }, async (request, reply) => {
    const entry = await enterCampaign(request, parts, false);
    if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
    const { campaignId } = entry.campaign;
    const first = (await readSamples(database, [campaignId])).get(campaignId);
    if (!first) return sendProblem(reply, noSuchCampaign);
    const { credentials } = entry;
    const body = desk.open({ campaignId, credentials, address: request.story.address, first });
    if (!body) return sendProblem(reply, tooMany);
    reply.header('content-type', 'text/event-stream; charset=utf-8').header('cache-control', 'no-store');
    // A proxy that collects what it passes on would keep the news to itself.
    reply.header('x-accel-buffering', 'no');
    return reply.send(body);
  });

  refuseOtherMethods(app, { [events]: ['GET'] }, sendMethodNotAllowed);
}
