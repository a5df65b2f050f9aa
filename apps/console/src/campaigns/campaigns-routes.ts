import { listUploads } from '@pombo/db/campaign-list.ts';
import { type CampaignSample, readSamples } from '@pombo/db/campaign-sample.ts';
import { findCampaignOfAnybody, type ListedCampaign, listCampaigns } from '@pombo/db/campaigns.ts';
import type { Database } from '@pombo/db/database.ts';
import { actionsIn, type CampaignAction, campaignActions, campaignStates } from '@pombo/domain/campaign-state.ts';
import { isRowNumber } from '@pombo/domain/row-number.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { notice } from '../page/notice.ts';
import { queryReader } from '../page/query-reader.ts';
import { sentencePage } from '../page/sentence-page.ts';
import type { RoomParts } from '../room-parts.ts';
import { formOf, type Visitor } from '../sign-in/visitor.ts';
import { campaignListPage } from './campaign-list-page.ts';
import { campaignPage } from './campaign-page.ts';
import { type CampaignQuery, readCampaignQuery } from './campaign-query.ts';
import { cancelPage } from './cancel-page.ts';
import { moveCampaign, type Said } from './move-campaign.ts';
import { type OrderReading, readOrder } from './order-form.ts';

const campaignsShown = 50;
const uploadsShown = 50;

export function campaignsRoutes(app: FastifyInstance, parts: RoomParts): void {
  const { database, guard, now } = parts;
  app.get(
    '/campaigns',
    guard.page('view', async (visitor, request) => {
      const { fields, filter } = readCampaignQuery(request.query);
      const campaigns = filter === null ? null : await readList(database, filter);
      const shown = campaigns?.slice(0, campaignsShown) ?? null;
      const goesOn = (campaigns?.length ?? 0) > campaignsShown;
      return campaignListPage({ visitor, fields, campaigns: shown, goesOn }, now());
    }),
  );
  app.get(
    '/campaigns/:id',
    guard.page('view', async (visitor, request, reply) => {
      const found = await findOne(database, request);
      if (found === null) return sayThereIsNone(reply);
      const uploads = await listUploads(database, found.campaign.campaignId, uploadsShown);
      const said = notice(queryReader(request.query)('said'), sentences);
      return campaignPage({ visitor, ...found, uploads, said }, now());
    }),
  );
  app.get(
    '/campaigns/:id/cancel',
    guard.page('operate', async (visitor, request, reply) => {
      const found = await findOne(database, request);
      if (found === null) return sayThereIsNone(reply);
      const { campaign, sample } = found;
      if (!actionsIn(sample.standing.state).includes('cancel')) return backTo(reply, campaign, `is_${campaign.state}`);
      return cancelPage({ visitor, campaign, sample });
    }),
  );
  for (const action of campaignActions) {
    app.post(
      `/campaigns/:id/${action}`,
      guard.form('operate', (visitor, request, reply) => order(parts, action, visitor, request, reply)),
    );
  }
}

async function order(
  parts: RoomParts,
  action: CampaignAction,
  visitor: Visitor,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const campaign = await findCampaignAt(parts.database, request);
  if (campaign === null) return sayThereIsNone(reply);
  const reading = readOrder(action, formOf(request), parts.now());
  const said = reading.kind === 'order' ? await moveCampaign(parts, visitor, campaign, reading.order) : reading.said;
  return backTo(reply, campaign, said);
}

/** Every word the forms may lead to. */
type Sentences = Record<Said | Extract<OrderReading, { kind: 'refused' }>['said'], string>;

const sentences = {
  started: 'The campaign has been started.',
  scheduled: 'The campaign will start at its time.',
  paused: 'The campaign is paused. Calls whose turn it was already are still made.',
  resumed: 'The campaign goes on.',
  canceled: 'The campaign is canceled. Calls that are open end as they end.',
  nobody: 'Nothing was changed: nobody is on its list.',
  no_line: 'Nothing was changed: nothing can be sent over its line.',
  no_time: 'Nothing was changed: that is no time.',
  past_time: 'Nothing was changed: that time is over.',
  ...(Object.fromEntries(
    campaignStates.map((state) => [`is_${state}`, `Nothing was changed: the campaign is ${state} by now.`]),
  ) as Record<`is_${(typeof campaignStates)[number]}`, string>),
} satisfies Sentences;

/** One more than is shown, which tells whether there are more. */
async function readList(
  database: Database,
  filter: NonNullable<CampaignQuery['filter']>,
): Promise<(ListedCampaign & CampaignSample)[]> {
  const campaigns = await listCampaigns(database, { ...filter, limit: campaignsShown + 1 });
  const samples = await readSamples(
    database,
    campaigns.map(({ campaignId }) => campaignId),
  );
  return campaigns.flatMap((campaign) => {
    const sample = samples.get(campaign.campaignId);
    return sample ? [{ ...campaign, ...sample }] : [];
  });
}

async function findOne(
  database: Database,
  request: FastifyRequest,
): Promise<{ campaign: ListedCampaign; sample: CampaignSample } | null> {
  const campaign = await findCampaignAt(database, request);
  if (campaign === null) return null;
  const sample = (await readSamples(database, [campaign.campaignId])).get(campaign.campaignId);
  return sample ? { campaign, sample } : null;
}

/** The campaign an address names. */
async function findCampaignAt(database: Database, { params }: FastifyRequest): Promise<ListedCampaign | null> {
  const id = queryReader(params)('id');
  return isRowNumber(id) ? findCampaignOfAnybody(database, id) : null;
}

function sayThereIsNone(reply: FastifyReply): FastifyReply {
  return reply.code(404).send(sentencePage('There is no such campaign.'));
}

function backTo(reply: FastifyReply, { campaignId }: ListedCampaign, said: keyof typeof sentences): FastifyReply {
  return reply.redirect(`/campaigns/${campaignId}?said=${said}`, 303);
}
