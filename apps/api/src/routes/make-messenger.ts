import type { Accept, AcceptResult, NewMessage } from '@pombo/db/accept.ts';
import type { LineAtTheDoor } from '@pombo/db/line-lookup.ts';
import { refusalOfLine } from '@pombo/domain/line-refusal.ts';
import { type RefusalName, refusals } from '@pombo/domain/refusal.ts';
import { cutAt } from '@pombo/domain/text.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { Metrics } from '@pombo/observe/metrics.ts';
import type { MessageQueue } from '@pombo/queue/queue.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptInTime } from '../accept-in-time.ts';
import { refuseOtherMethods } from '../allowed-methods.ts';
import { readCredentials } from '../auth/credentials.ts';
import type { Door } from '../auth/door.ts';
import { type Answer, outcomeAnswer, queueFullAnswer, refusalAnswer, waitingAnswer } from '../envelope.ts';
import { isOrdinaryTrouble, refusalOfFault } from '../faults.ts';
import { duplicateDigestOf, fingerprintOf, readIdempotencyKey } from '../idempotency.ts';
import { readParameters } from '../parameters/read-parameters.ts';
import { sendAnswer } from '../replies.ts';
import { readSendOptions, type SendOptions, validityMs } from '../send-options.ts';
import type { SendRequest } from '../send-request.ts';
import { validate } from '../validate.ts';
import type { Place, WaitingRoom } from '../waiting-room.ts';
import { makeMessengerDocs } from './make-messenger-docs.ts';

const makeMessengerPath = '/api/v2/MakeMessenger.php';

export interface SendParts {
  door: Door;
  findLine: (customerId: string, lineId: string) => Promise<LineAtTheDoor | null>;
  accept: Accept;
  room: WaitingRoom;
  queue: MessageQueue;
  /** The name under which this process hears announcements. */
  processId: string;
  syncWaitMs: number;
  metrics: Metrics<'api'>;
  logger: Logger;
}

/** A send that is allowed, with everything its row needs. */
interface Send {
  customerId: string;
  line: LineAtTheDoor;
  request: SendRequest;
  options: SendOptions;
  key: string | null;
}

type Reading = { kind: 'send'; send: Send } | { kind: 'refused'; refusal: RefusalName };

const maxCaption = 2000;
const maxReference = 255;
/** However short the wait is, a row gets this long to be written. */
const minAcceptMs = 2000;

export async function makeMessengerRoutes(app: FastifyInstance, parts: SendParts): Promise<void> {
  // From zero, so that the first refusals of a process are seen to be a rise.
  for (const { statusCode } of Object.values(refusals)) {
    parts.metrics.requestsRefused.inc({ code: String(statusCode) }, 0);
  }
  app.setErrorHandler((error: Error, request, reply) => {
    if (!isOrdinaryTrouble(error)) {
      parts.logger.error({ err: error, requestId: request.id }, 'a send failed before it was accepted');
    }
    return answer(refusalAnswer(refusalOfFault(error)), request, reply, parts);
  });
  const handler = async (request: FastifyRequest, reply: FastifyReply) =>
    answer(await makeMessenger(request, reply, parts), request, reply, parts);
  app.post(makeMessengerPath, { schema: makeMessengerDocs.post }, handler);
  app.get(makeMessengerPath, { schema: makeMessengerDocs.get }, handler);
  refuseOtherMethods(app, { [makeMessengerPath]: ['GET', 'POST'] }, (reply) =>
    sendAnswer(reply, { ...refusalAnswer('badRequest'), httpStatus: 405, statusCode: 405 }),
  );
}

/** Read, let in, look through, write the row, hand over, wait. */
async function makeMessenger(request: FastifyRequest, reply: FastifyReply, parts: SendParts): Promise<Answer> {
  const reading = await readSend(request, parts);
  if (reading.kind === 'refused') return refusalAnswer(reading.refusal);
  const { send } = reading;
  const messageId = await parts.accept.drawId();
  const place = send.options.asynchronous ? null : parts.room.expect(messageId);
  if (!send.options.asynchronous && !place) return refusalAnswer('unavailable');
  if (place) reply.raw.once('close', place.leave);
  try {
    const waitMs = send.options.asynchronous ? null : waitLeftMs(send.options, reply);
    const limitMs = Math.max(minAcceptMs, parts.syncWaitMs - reply.elapsedTime);
    const { span } = request.story;
    const message = newMessage(messageId, send, waitMs, parts.processId, span?.traceparent ?? null);
    const accepting = span?.child('accept');
    const accepted = await acceptInTime(parts.accept, message, limitMs);
    accepting?.tell({ 'pombo.accepted': accepted.kind });
    accepting?.end();
    return await answerAccepted(accepted, messageId, { send, place, request, reply, parts });
  } finally {
    place?.leave();
  }
}

/** Everything that can be refused without writing: the body, then the caller, then the message, then the line. */
async function readSend(request: FastifyRequest, parts: SendParts): Promise<Reading> {
  const { story } = request;
  const parameters = await readParameters(request);
  const key = readIdempotencyKey(request.headers['idempotency-key']);
  if (parameters.kind === 'broken') story.because = parameters.because;
  if (parameters.kind === 'broken' || key.kind === 'invalid') return refused('badRequest');

  const credentials = readCredentials(parameters.fields, request.headers.authorization);
  const entry = await parts.door.authenticate(credentials, story.address, true);
  if (entry.kind === 'refused') {
    if (entry.name !== null) story.credential = entry.name;
    return refused(entry.refusal);
  }
  const { customerId, name } = entry.account;
  Object.assign(story, { customerId, credential: name });

  const validation = validate(parameters.fields);
  if (validation.kind === 'refused') return refused(validation.refusal);
  story.lineId = validation.request.lineId;
  const line = await parts.findLine(customerId, validation.request.lineId);
  const against = refusalOfLine(line);
  if (against || !line) return refused(against ?? 'lineNotFound');

  const options = readSendOptions(parameters.fields, preferOf(request), parts.syncWaitMs);
  story.lane = options.asynchronous ? 'bulk' : 'now';
  const { request: asked } = validation;
  return {
    kind: 'send',
    send: { customerId, line, request: asked, options, key: key.kind === 'key' ? key.key : null },
  };
}

interface AcceptedContext {
  send: Send;
  place: Place | null;
  request: FastifyRequest;
  reply: FastifyReply;
  parts: SendParts;
}

/** From here on a row exists or may exist, so nothing may end as "certainly not sent" any more. */
async function answerAccepted(result: AcceptResult, messageId: string, context: AcceptedContext): Promise<Answer> {
  const { send, place, request, reply, parts } = context;
  const pending = send.options.asynchronous ? 202 : 200;
  switch (result.kind) {
    case 'accepted':
      request.story.messageId = messageId;
      parts.metrics.messagesAccepted.inc({ lane: request.story.lane ?? 'now' });
      parts.metrics.acceptSeconds.observe(reply.elapsedTime / 1000);
      handOver(messageId, context);
      return place ? outcomeAnswer(messageId, await outcomeOf(place, context), pending) : waitingAnswer(messageId, 202);
    case 'replay':
      request.story.replayed = true;
      request.story.messageId = result.messageId;
      reply.header('idempotency-replayed', 'true');
      return replay(result.messageId, context);
    case 'fate_unknown':
      // Perhaps there is a row, perhaps there will be none. The sweep hands over what nobody did.
      request.story.messageId = messageId;
      return outcomeAnswer(messageId, place && (await outcomeOf(place, context)), pending);
    case 'key_reused':
      return refusalAnswer('keyReused');
    case 'duplicate':
      return refusalAnswer('duplicate');
    case 'full':
      return queueFullAnswer(result.afterMs);
    case 'unavailable':
      return refusalAnswer('unavailable');
  }
}

/** Joins the request that is running under this key, or tells what became of it. */
async function replay(messageId: string, context: AcceptedContext): Promise<Answer> {
  const { send, parts } = context;
  // The place that was taken for a new message is of no use here.
  context.place?.leave();
  const place = parts.room.expect(messageId);
  if (!place) return waitingAnswer(messageId, send.options.asynchronous ? 202 : 200);
  context.reply.raw.once('close', place.leave);
  try {
    // The message may have ended long ago.
    const seen = await place.look();
    if (send.options.asynchronous) return outcomeAnswer(messageId, seen, 202);
    return outcomeAnswer(messageId, await outcomeOf(place, context), 200);
  } finally {
    place.leave();
  }
}

async function outcomeOf(place: Place, { send, request, reply }: AcceptedContext) {
  const waiting = request.story.span?.child('wait for outcome');
  const outcome = await place.outcome(waitLeftMs(send.options, reply));
  waiting?.tell({ 'pombo.outcome': outcome?.status });
  waiting?.end();
  return outcome;
}

/** The wait is counted from the beginning of the request: that is where the caller's own time-out began. */
function waitLeftMs(options: SendOptions, reply: FastifyReply): number {
  return Math.max(0, options.waitMs - reply.elapsedTime);
}

/** The row is there, so a queue that does not answer is no failure: the sweep finds what nobody was told about. */
function handOver(messageId: string, { send, parts }: AcceptedContext): void {
  const { queue, logger } = parts;
  const told = send.options.asynchronous
    ? queue.signals.ring([send.line.lineId])
    : queue.enqueue('now', [{ messageId, release: 1 }]);
  told.catch((err: unknown) => logger.warn({ err, messageId }, 'the queue was not told; the sweep will'));
}

function newMessage(
  messageId: string,
  send: Send,
  waitMs: number | null,
  processId: string,
  traceparent: string | null,
): NewMessage {
  const { customerId, line, request, options, key } = send;
  return {
    messageId,
    customerId,
    lineId: line.lineId,
    dest: request.dest,
    type: request.type,
    data: request.data,
    caption: request.caption && cutAt(request.caption, maxCaption),
    reference: request.reference && cutAt(request.reference, maxReference),
    lane: options.asynchronous ? 'bulk' : 'now',
    validityMs: validityMs(options, line.validitySeconds),
    waitMs,
    onUnknown: options.onUnknown ?? line.onUnknown,
    origin: options.asynchronous ? null : processId,
    traceparent,
    idempotency: key === null ? null : { key, fingerprint: fingerprintOf(request) },
    duplicateWindow:
      options.duplicateWindowSeconds > 0
        ? { digest: duplicateDigestOf(request), seconds: options.duplicateWindowSeconds }
        : null,
  };
}

function answer(answered: Answer, request: FastifyRequest, reply: FastifyReply, { metrics }: SendParts): FastifyReply {
  request.story.code = answered.statusCode;
  if (answered.messageId === '0') metrics.requestsRefused.inc({ code: String(answered.statusCode) });
  return sendAnswer(reply, answered);
}

function refused(refusal: RefusalName): Reading {
  return { kind: 'refused', refusal };
}

function preferOf(request: FastifyRequest): string | undefined {
  const { prefer } = request.headers;
  return Array.isArray(prefer) ? prefer.join(', ') : prefer;
}
