import { readSamples } from '@pombo/db/campaign-sample.ts';
import {
  type Campaign,
  type CampaignConduct,
  type CampaignContent,
  changeCampaign,
  createCampaign,
  findCampaign,
  listCampaigns,
} from '@pombo/db/campaigns.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuseOtherMethods } from '../allowed-methods.ts';
import { problemOfLine, problemOfSettings } from '../campaigns/campaign-checks.ts';
import { enterCampaign, noSuchCampaign } from '../campaigns/campaign-entry.ts';
import { changeReaders, creationReaders, differing, saysContent, settled } from '../campaigns/campaign-fields.ts';
import type { CampaignParts } from '../campaigns/campaign-parts.ts';
import { readCampaignQuery } from '../campaigns/campaign-query.ts';
import { campaignView } from '../campaigns/campaign-view.ts';
import { deleteDraftAndList } from '../campaigns/delete-draft.ts';
import { fateUnknown, unlessFateUnknown } from '../campaigns/fate-unknown.ts';
import { sendCampaign, sendChanged } from '../campaigns/send-campaign.ts';
import { enter } from '../entry.ts';
import { readMembers } from '../parameters/json-members.ts';
import { badRequest, type Problem, sendMethodNotAllowed, sendProblem } from '../problem.ts';
import { answerFaults } from './ordinary-faults.ts';
import { campaignDocs } from './v1-campaigns-docs.ts';

const all = '/v1/campaigns';
const one = '/v1/campaigns/:id';

/** Campaigns themselves: made, listed, read, changed and, while they are drafts, deleted. */
export async function campaignRoutes(app: FastifyInstance, parts: CampaignParts): Promise<void> {
  answerFaults(app, parts.logger, 'a question about campaigns failed');
  app.post(all, { schema: campaignDocs.create }, (request, reply) => create(request, reply, parts));
  app.get(all, { schema: campaignDocs.list }, (request, reply) => list(request, reply, parts));
  app.get(one, { schema: campaignDocs.one }, (request, reply) => read(request, reply, parts));
  app.patch(one, { schema: campaignDocs.change }, (request, reply) => patch(request, reply, parts));
  app.delete(one, { schema: campaignDocs.remove }, (request, reply) => remove(request, reply, parts));
  refuseOtherMethods(app, { [all]: ['GET', 'POST'], [one]: ['GET', 'PATCH', 'DELETE'] }, sendMethodNotAllowed);
}

async function create(request: FastifyRequest, reply: FastifyReply, parts: CampaignParts) {
  const entry = await enter(request, parts, true);
  if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
  const { customerId } = entry;
  const reading = readMembers(request, creationReaders);
  if (reading.kind === 'refused') return sendProblem(reply, reading.problem);
  const { line, app_id, ...fields } = reading.members;
  const lineId = line ?? app_id;
  if (!lineId) return sendProblem(reply, badRequest('line is missing'));
  if (line && app_id && line !== app_id) return sendProblem(reply, badRequest('line and app_id name different lines'));
  request.story.lineId = lineId;
  const wanted = settled(fields);
  const problem = (await problemOfLine(parts, customerId, lineId)) ?? (await problemOfSettings(parts, lineId, wanted));
  if (problem) return sendProblem(reply, problem);
  const created = createCampaign(parts.database, { customerId, lineId, ...wanted.content, ...wanted.conduct });
  const campaign = await unlessFateUnknown(created);
  if (!campaign) return sendProblem(reply, fateUnknown('the newest campaigns'));
  request.story.campaignId = campaign.campaignId;
  reply.code(201).header('location', `/v1/campaigns/${campaign.campaignId}`);
  return sendChanged(reply, parts, campaign);
}

async function list(request: FastifyRequest, reply: FastifyReply, parts: CampaignParts) {
  const entry = await enter(request, parts, false);
  if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
  const query = readCampaignQuery(entry.fields);
  if (query.kind === 'invalid') return sendProblem(reply, badRequest(query.detail));
  const campaigns = await listCampaigns(parts.database, {
    customerId: entry.customerId,
    lineId: null,
    name: null,
    ...query.filter,
  });
  const samples = await readSamples(
    parts.database,
    campaigns.map(({ campaignId }) => campaignId),
  );
  const now = new Date();
  const last = campaigns.length === query.filter.limit ? campaigns.at(-1) : undefined;
  reply.header('cache-control', 'no-store');
  return {
    campaigns: campaigns.flatMap((campaign) => {
      const sample = samples.get(campaign.campaignId);
      return sample ? [campaignView(campaign, sample, now)] : [];
    }),
    next: last?.campaignId ?? null,
  };
}

async function read(request: FastifyRequest, reply: FastifyReply, parts: CampaignParts) {
  const entry = await enterCampaign(request, parts, false);
  if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
  return sendCampaign(reply, parts, entry.campaign);
}

async function patch(request: FastifyRequest, reply: FastifyReply, parts: CampaignParts) {
  const entry = await enterCampaign(request, parts, true);
  if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
  const { campaign } = entry;
  const reading = readMembers(request, changeReaders);
  if (reading.kind === 'refused') return sendProblem(reply, reading.problem);
  const { customerId, campaignId, lineId } = campaign;
  const wanted = settled(reading.members, campaign);
  const problem = await problemOfSettings(parts, lineId, wanted, campaign);
  if (problem) return sendProblem(reply, problem);
  const change = {
    content: saysContent(reading.members) ? differing<CampaignContent>(campaign, wanted.content) : null,
    conduct: differing<CampaignConduct>(campaign, wanted.conduct),
  };
  const changed = await unlessFateUnknown(changeCampaign(parts.database, customerId, campaignId, change));
  if (!changed) return sendProblem(reply, fateUnknown('the campaign'));
  if (changed.kind === 'changed') return sendChanged(reply, parts, changed.campaign);
  if (changed.kind === 'crossed') return sendProblem(reply, crossed);
  const rule = 'what it says can be changed in a draft only, the rest until it has ended';
  return sendProblem(reply, await whyNot(parts, campaign, rule));
}

async function remove(request: FastifyRequest, reply: FastifyReply, parts: CampaignParts) {
  const entry = await enterCampaign(request, parts, true);
  if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
  const { customerId, campaignId } = entry.campaign;
  const isDeleted = await unlessFateUnknown(deleteDraftAndList(parts, customerId, campaignId));
  if (isDeleted === null) return sendProblem(reply, fateUnknown('the campaign'));
  if (isDeleted) return reply.code(204).header('cache-control', 'no-store').send();
  return sendProblem(reply, await whyNot(parts, entry.campaign, 'only a draft can be deleted'));
}

const crossed: Problem = {
  status: 409,
  title: 'Changed meanwhile',
  detail: 'it does not go with another change made in the same moment: time_start and time_end belong together',
};

/** The state may have changed since it was read. */
async function whyNot({ database }: CampaignParts, before: Campaign, rule: string): Promise<Problem> {
  const campaign = await findCampaign(database, before.customerId, before.campaignId);
  if (!campaign) return noSuchCampaign;
  return { status: 409, title: 'Its state does not allow that', detail: `it is ${campaign.state}: ${rule}` };
}
