import { recipientAt } from '@pombo/db/campaign-list.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuseOtherMethods } from '../allowed-methods.ts';
import { problemOfLine } from '../campaigns/campaign-checks.ts';
import { enterCampaign } from '../campaigns/campaign-entry.ts';
import type { CampaignParts } from '../campaigns/campaign-parts.ts';
import { createPlaces, type Places } from '../campaigns/places.ts';
import { dryRun, renderingOf } from '../campaigns/render-list.ts';
import { sendTest } from '../campaigns/test-send.ts';
import { readMembers } from '../parameters/json-members.ts';
import { psid, texts } from '../parameters/member-readers.ts';
import { badRequest, sendMethodNotAllowed, sendProblem } from '../problem.ts';
import { answerFaults } from './ordinary-faults.ts';
import { trialDocs } from './v1-campaign-trials-docs.ts';

const test = '/v1/campaigns/:id/test';
const preview = '/v1/campaigns/:id/preview';
const dry = '/v1/campaigns/:id/dry-run';

/** What a campaign would say, before it says it to everybody. */
export async function campaignTrialRoutes(app: FastifyInstance, parts: CampaignParts): Promise<void> {
  answerFaults(app, parts.logger, 'the trial of a campaign failed');
  const places = createPlaces({
    most: parts.limits.maxDryRuns,
    full: 'as many lists are looked through as can be just now',
    share: 'as many lists of this account are looked through as may be at once',
    retryAfterSeconds: 10,
    onTaken: (taken) => parts.metrics.lastingWorkOpen.set({ work: 'dry_runs' }, taken),
  });
  app.post(test, { schema: trialDocs.test }, (request, reply) => answerTest(request, reply, parts));
  app.get(preview, { schema: trialDocs.preview }, (request, reply) => answerPreview(request, reply, parts));
  app.post(dry, { schema: trialDocs.dryRun }, (request, reply) => answerDryRun(request, reply, parts, places));
  refuseOtherMethods(app, { [test]: ['POST'], [preview]: ['GET'], [dry]: ['POST'] }, sendMethodNotAllowed);
}

async function answerTest(request: FastifyRequest, reply: FastifyReply, parts: CampaignParts) {
  const entry = await enterCampaign(request, parts, true);
  if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
  const { campaign } = entry;
  const asked = readMembers(request, { dest: psid, variables: texts });
  if (asked.kind === 'refused') return sendProblem(reply, asked.problem);
  const { dest, variables } = asked.members;
  if (!dest) return sendProblem(reply, badRequest('dest is missing'));
  const rendering = renderingOf(campaign)({ dest, variables: variables ?? null });
  if (rendering.kind === 'invalid') return sendProblem(reply, badRequest(rendering.because));
  const against = await problemOfLine(parts, campaign.customerId, campaign.lineId);
  if (against) return sendProblem(reply, against);
  const sent = await sendTest(parts, campaign, dest, rendering.data, request.story.span?.traceparent ?? null);
  if (sent.kind === 'refused') return sendProblem(reply, sent.problem);
  request.story.messageId = sent.messageId;
  reply.code(202).header('location', `/v1/messages/${sent.messageId}`).header('cache-control', 'no-store');
  return { cdls_id: BigInt(sent.messageId), mdata: rendering.data };
}

async function answerPreview(request: FastifyRequest, reply: FastifyReply, parts: CampaignParts) {
  const entry = await enterCampaign(request, parts, false);
  if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
  const asked = entry.fields.get('row') || '1';
  if (!/^[1-9]\d{0,8}$/.test(asked)) return sendProblem(reply, badRequest('row must be a number from 1 on'));
  const { campaignId } = entry.campaign;
  const recipient = await parts.atOnce.run(() => recipientAt(parts.database, campaignId, Number(asked)));
  if (!recipient) return sendProblem(reply, { status: 404, title: 'The list has no such row' });
  const rendering = renderingOf(entry.campaign)(recipient);
  reply.header('cache-control', 'no-store');
  return {
    row: Number(asked),
    dest: recipient.dest,
    mdata: rendering.kind === 'message' ? rendering.data : null,
    error: rendering.kind === 'message' ? null : rendering.because,
    excluded: recipient.excluded,
  };
}

async function answerDryRun(request: FastifyRequest, reply: FastifyReply, parts: CampaignParts, places: Places) {
  const entry = await enterCampaign(request, parts, false);
  if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
  const asked = readMembers(request, {});
  if (asked.kind === 'refused') return sendProblem(reply, asked.problem);
  const place = places.take(entry.customerId);
  if (place.kind === 'refused') return sendProblem(reply, place.problem);
  try {
    const run = await dryRun(parts, entry.campaign, () => !reply.raw.destroyed && !parts.lastCall.aborted);
    if (!run) return sendProblem(reply, { status: 503, title: 'unavailable' });
    reply.header('cache-control', 'no-store');
    return { ...run, refused: [...run.refused].map(([reason, said]) => ({ reason, ...said })) };
  } finally {
    place.leave();
  }
}
