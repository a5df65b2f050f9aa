import { beginUpload, findUpload } from '@pombo/db/campaign-list.ts';
import type { Campaign } from '@pombo/db/campaigns.ts';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuseOtherMethods } from '../allowed-methods.ts';
import { answerSender } from '../campaigns/answer-sender.ts';
import { enterCampaign, paramOf } from '../campaigns/campaign-entry.ts';
import type { CampaignParts } from '../campaigns/campaign-parts.ts';
import { createPlaces } from '../campaigns/places.ts';
import { type ReceivedBody, receiveBody } from '../campaigns/received-body.ts';
import { type ListTaken, takeList } from '../campaigns/take-list.ts';
import { answerOfUpload } from '../campaigns/upload-answer.ts';
import {
  acceptedFormats,
  isUploadId,
  readUploadKind,
  type UploadKind,
  unsupportedType,
} from '../campaigns/upload-headers.ts';
import { uploadView } from '../campaigns/upload-view.ts';
import { type Problem, problemBody, sendMethodNotAllowed, sendProblem } from '../problem.ts';
import type { SlowSenders } from '../slow-senders.ts';
import type { Shown } from '../still-welcome.ts';
import { problemOfFault } from './ordinary-faults.ts';
import { uploadDocs } from './v1-campaign-uploads-docs.ts';

export interface UploadParts extends CampaignParts {
  slowSenders: SlowSenders;
}

const post = '/v1/campaigns/:id/recipients';
const one = '/v1/campaigns/:id/uploads/:upload';

/** A list is as long as it is, so it is read as it arrives and never held as a whole. */
export async function campaignUploadRoutes(app: FastifyInstance, parts: UploadParts): Promise<void> {
  const places = createPlaces({
    most: parts.limits.maxUploads,
    full: 'this process takes as many lists as it can just now',
    share: 'this account sends as many lists as one may at once to this process',
    retryAfterSeconds: 10,
    onTaken: (taken) => parts.metrics.lastingWorkOpen.set({ work: 'uploads' }, taken),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOfFault(error, request, parts.logger, 'a list of recipients was not taken');
    return refuse(request, reply, error.statusCode === 415 ? unsupportedType : problem, parts);
  });

  app.post(post, { schema: uploadDocs.post }, async (request, reply) => {
    const entry = await enterCampaign(request, parts, true);
    if (entry.kind === 'refused') return refuse(request, reply, entry.problem, parts);
    const reading = readUploadKind(request);
    if (reading.kind === 'refused') return refuse(request, reply, reading.problem, parts);
    const place = places.take(entry.customerId);
    if (place.kind === 'refused') return refuse(request, reply, place.problem, parts);
    const shown = { credentials: entry.credentials, address: request.story.address, needsToSend: true };
    try {
      return await takeUpload(request, reply, parts, { campaign: entry.campaign, kind: reading.upload, shown });
    } finally {
      place.leave();
    }
  });

  app.get(one, { schema: uploadDocs.one }, async (request, reply) => {
    const entry = await enterCampaign(request, parts, false);
    if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
    const { customerId, campaignId } = entry.campaign;
    const upload = paramOf(request, 'upload');
    const found = isUploadId(upload) ? await findUpload(parts.database, customerId, campaignId, upload) : null;
    if (!found) return sendProblem(reply, { status: 404, title: 'No such upload' });
    reply.header('cache-control', 'no-store');
    return uploadView(found);
  });

  refuseOtherMethods(app, { [post]: ['POST'], [one]: ['GET'] }, sendMethodNotAllowed);
}

interface Sending {
  campaign: Campaign;
  kind: UploadKind;
  shown: Shown;
}

/** Begins or goes on, reads to the end, and says what was committed, however it ended. */
async function takeUpload(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: UploadParts,
  { campaign, kind, shown }: Sending,
): Promise<FastifyReply> {
  const { customerId, campaignId } = campaign;
  reply.header('upload-id', kind.upload);
  parts.slowSenders.excuse(request.raw);
  const begun = await beginUpload(parts.database, customerId, campaignId, kind.upload);
  const taken = begun
    ? await readList(request, parts, (body) => takeList(parts, { campaignId, begun, kind, body, shown }))
    : refusedAtOnce;
  if (taken.how.kind === 'uncertain')
    parts.logger.warn({ err: taken.how.error, campaign: campaignId }, 'what became of rows of a list is not known');
  const answer = await answerOfUpload(parts, campaign, kind.upload, taken);
  if (answer.kind === 'refused') return refuse(request, reply, answer.problem, parts);
  reply.header('cache-control', 'no-store').header('content-type', 'application/json; charset=utf-8');
  return answerSender(request, reply, JSON.stringify(answer.view), parts.limits.readPast);
}

const refusedAtOnce: ListTaken = { how: { kind: 'not_draft' }, rows: 0 };

/** What is read when the process begins to stop is still committed, and nothing after it. */
async function readList(
  request: FastifyRequest,
  { limits, stopping }: UploadParts,
  read: (body: ReceivedBody) => Promise<ListTaken>,
): Promise<ListTaken> {
  const body = receiveBody(request.raw, limits.uploadSilenceMs);
  stopping.addEventListener('abort', body.stop);
  if (stopping.aborted) body.stop();
  try {
    return await read(body);
  } finally {
    stopping.removeEventListener('abort', body.stop);
  }
}

function refuse(request: FastifyRequest, reply: FastifyReply, problem: Problem, { limits }: UploadParts): FastifyReply {
  if (problem.status === 415) reply.header('accept-post', acceptedFormats);
  const body = problemBody(reply, problem);
  // Who has fallen silent is not listened to any longer.
  if (problem.status === 408) return reply.header('connection', 'close').send(body);
  return answerSender(request, reply, body, limits.readPast);
}
