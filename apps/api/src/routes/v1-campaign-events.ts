import { readSamples } from '@pombo/db/campaign-sample.ts';
import type { FastifyInstance } from 'fastify';
import { refuseOtherMethods } from '../allowed-methods.ts';
import { enterCampaign, noSuchCampaign } from '../campaigns/campaign-entry.ts';
import type { CampaignParts } from '../campaigns/campaign-parts.ts';
import { openEventDesk } from '../campaigns/event-desk.ts';
import { sendMethodNotAllowed, sendProblem } from '../problem.ts';
import { answerFaults } from './ordinary-faults.ts';
import { eventDocs } from './v1-campaign-events-docs.ts';

const events = '/v1/campaigns/:id/events';

/** The progress of a campaign as it happens, as server-sent events. */
export async function campaignEventRoutes(app: FastifyInstance, parts: CampaignParts): Promise<void> {
  answerFaults(app, parts.logger, 'a question about the progress of campaigns failed');
  const { database, limits, metrics, logger, stopping, lastCall, door } = parts;
  const samples = {
    read: (campaignIds: readonly string[]) => readSamples(database, campaignIds),
    everyMs: limits.sampleMs,
    onTrouble: (err: unknown) => logger.warn({ err }, 'the progress of campaigns cannot be read'),
  };
  const { maxStreams, heartbeatMs } = limits;
  const onCount = (open: number) => metrics.lastingWorkOpen.set({ work: 'event_streams' }, open);
  const desk = openEventDesk({ door, samples, maxStreams, heartbeatMs, onCount, stopping, lastCall });

  app.get(events, { schema: eventDocs }, async (request, reply) => {
    const entry = await enterCampaign(request, parts, false);
    if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
    const { campaignId } = entry.campaign;
    const first = (await readSamples(database, [campaignId])).get(campaignId);
    if (!first) return sendProblem(reply, noSuchCampaign);
    const { customerId, credentials } = entry;
    const shown = { credentials, address: request.story.address, needsToSend: false };
    const opened = desk.open({ customerId, campaignId, shown, first });
    if (opened.kind === 'refused') return sendProblem(reply, opened.problem);
    reply.header('content-type', 'text/event-stream; charset=utf-8').header('cache-control', 'no-store');
    // A proxy that collects what it passes on would keep the news to itself.
    reply.header('x-accel-buffering', 'no');
    return reply.send(opened.body);
  });

  refuseOtherMethods(app, { [events]: ['GET'] }, sendMethodNotAllowed);
}
