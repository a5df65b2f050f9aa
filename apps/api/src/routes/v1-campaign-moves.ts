import type { CampaignOrder } from '@pombo/domain/campaign-order.ts';
import { resumeScopes } from '@pombo/domain/campaign-state.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuseOtherMethods } from '../allowed-methods.ts';
import { problemOfLine } from '../campaigns/campaign-checks.ts';
import { enterCampaign } from '../campaigns/campaign-entry.ts';
import type { CampaignParts } from '../campaigns/campaign-parts.ts';
import { moveCampaign } from '../campaigns/move-campaign.ts';
import { sendChanged } from '../campaigns/send-campaign.ts';
import { readMembers } from '../parameters/json-members.ts';
import { moment, oneOf } from '../parameters/member-readers.ts';
import { type Problem, sendMethodNotAllowed, sendProblem } from '../problem.ts';
import { answerFaults } from './ordinary-faults.ts';
import { moveDocs } from './v1-campaign-moves-docs.ts';

type OrderReading = { kind: 'order'; order: CampaignOrder } | { kind: 'refused'; problem: Problem };

const orders: Readonly<Record<CampaignOrder['action'], (request: FastifyRequest) => OrderReading>> = {
  start: (request) => {
    const reading = readMembers(request, { at: moment });
    return reading.kind === 'refused' ? reading : order({ action: 'start', at: reading.members.at ?? null });
  },
  pause: (request) => withoutMembers(request, { action: 'pause' }),
  resume: (request) => {
    const reading = readMembers(request, { scope: oneOf(resumeScopes) });
    return reading.kind === 'refused' ? reading : order({ action: 'resume', scope: reading.members.scope ?? null });
  },
  cancel: (request) => withoutMembers(request, { action: 'cancel' }),
};

/** A campaign is started, paused, resumed and canceled. */
export async function campaignMoveRoutes(app: FastifyInstance, parts: CampaignParts): Promise<void> {
  answerFaults(app, parts.logger, 'the moving of a campaign failed');
  for (const action of ['start', 'pause', 'resume', 'cancel'] as const) {
    const path = `/v1/campaigns/:id/${action}`;
    app.post(path, { schema: moveDocs[action] }, (request, reply) => move(request, reply, parts, orders[action]));
    refuseOtherMethods(app, { [path]: ['POST'] }, sendMethodNotAllowed);
  }
}

async function move(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: CampaignParts,
  readOrder: (request: FastifyRequest) => OrderReading,
) {
  const entry = await enterCampaign(request, parts, true);
  if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
  const { campaign } = entry;
  const reading = readOrder(request);
  if (reading.kind === 'refused') return sendProblem(reply, reading.problem);
  // Whoever starts it wants it to be sent, and would wait for nothing.
  const starts = reading.order.action === 'start' && campaign.state === 'draft';
  const against = starts ? await problemOfLine(parts, campaign.customerId, campaign.lineId) : null;
  if (against) return sendProblem(reply, against);
  const moving = await moveCampaign(parts.database, campaign, reading.order);
  if (moving.kind === 'refused') return sendProblem(reply, moving.problem);
  return sendChanged(reply, parts, moving.campaign);
}

function withoutMembers(request: FastifyRequest, ordered: CampaignOrder): OrderReading {
  const reading = readMembers(request, {});
  return reading.kind === 'refused' ? reading : order(ordered);
}

function order(ordered: CampaignOrder): OrderReading {
  return { kind: 'order', order: ordered };
}
