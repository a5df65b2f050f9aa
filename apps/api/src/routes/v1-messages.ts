import type { LoggedAttempt, LoggedMessage, MessageFilter } from '@pombo/db/message-log.ts';
import { refusals } from '@pombo/domain/refusal.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { refuseOtherMethods } from '../allowed-methods.ts';
import { readCredentials } from '../auth/credentials.ts';
import type { Door } from '../auth/door.ts';
import { isOrdinaryTrouble, refusalOfFault } from '../faults.ts';
import type { Fields } from '../parameters/fields.ts';
import { readParameters } from '../parameters/read-parameters.ts';
import { type Problem, sendProblem } from '../problem.ts';
import { isRowNumber, readMessageQuery } from './message-query.ts';
import { attemptView, messageSchema, messageView, messageWithAttemptsSchema } from './message-view.ts';

export interface MessageParts {
  door: Door;
  findMessage: (
    customerId: string,
    messageId: string,
  ) => Promise<(LoggedMessage & { attempts: LoggedAttempt[] }) | null>;
  listMessages: (customerId: string, filter: MessageFilter) => Promise<LoggedMessage[]>;
  cancelMessage: (customerId: string, messageId: string) => Promise<'canceled' | 'too_late' | 'not_found'>;
  logger: Logger;
}

type Entry = { kind: 'welcome'; customerId: string; fields: Fields } | { kind: 'refused'; problem: Problem };

const notFound: Problem = { status: 404, title: 'No such message' };

const one = '/v1/messages/:cdls_id';
const list = '/v1/messages';
const cancel = '/v1/messages/:cdls_id/cancel';

/** The log and the cancelling of messages, for new callers. */
export async function messageRoutes(app: FastifyInstance, parts: MessageParts): Promise<void> {
  app.setErrorHandler((error: Error, _request, reply) => {
    if (!isOrdinaryTrouble(error)) parts.logger.error({ err: error }, 'a question about messages failed');
    const { httpStatus, status } = refusals[refusalOfFault(error)];
    return sendProblem(reply, { status: httpStatus, title: status });
  });

  app.get(one, { schema: docs.one }, async (request, reply) => {
    const entry = await enter(request, parts, false);
    if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
    return sendMessage(reply, parts, entry.customerId, idIn(request));
  });

  app.get(list, { schema: docs.list }, async (request, reply) => {
    const entry = await enter(request, parts, false);
    if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
    const query = readMessageQuery(entry.fields);
    if (query.kind === 'invalid')
      return sendProblem(reply, { status: 400, title: 'bad request', detail: query.detail });
    if (query.kind === 'nothing') return { messages: [], next: null };
    const messages = await parts.listMessages(entry.customerId, query.filter);
    const last = messages.length === query.filter.limit ? messages.at(-1) : undefined;
    return { messages: messages.map(messageView), next: last?.messageId ?? null };
  });

  app.post(cancel, { schema: docs.cancel }, async (request, reply) => {
    const entry = await enter(request, parts, true);
    if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
    const id = idIn(request);
    const said = isRowNumber(id) ? await parts.cancelMessage(entry.customerId, id) : 'not_found';
    if (said === 'not_found') return sendProblem(reply, notFound);
    if (said === 'too_late') return sendProblem(reply, { status: 409, title: 'Handed to Graph already, or settled' });
    return sendMessage(reply, parts, entry.customerId, id);
  });

  refuseOtherMethods(app, { [one]: ['GET'], [list]: ['GET'], [cancel]: ['POST'] }, (reply) =>
    sendProblem(reply, { status: 405, title: 'Method not allowed' }),
  );
}

/** The same credentials as everywhere, in the words of RFC 9457. */
async function enter(request: FastifyRequest, { door }: MessageParts, needsToSend: boolean): Promise<Entry> {
  const parameters = await readParameters(request);
  if (parameters.kind === 'broken')
    return { kind: 'refused', problem: { status: 400, title: 'bad request', detail: parameters.because } };
  const credentials = readCredentials(parameters.fields, request.headers.authorization);
  const entry = await door.authenticate(credentials, request.story.address, needsToSend);
  if (entry.kind === 'refused') {
    const { httpStatus, status, statusCode } = refusals[entry.refusal];
    const problem = {
      status: entry.refusal === 'permissionDenied' ? 403 : httpStatus,
      title: status,
      code: statusCode,
    };
    return { kind: 'refused', problem };
  }
  const { customerId, name } = entry.account;
  Object.assign(request.story, { customerId, credential: name });
  return { kind: 'welcome', customerId, fields: parameters.fields };
}

async function sendMessage(reply: FastifyReply, parts: MessageParts, customerId: string, id: string) {
  const message = isRowNumber(id) ? await parts.findMessage(customerId, id) : null;
  if (!message) return sendProblem(reply, notFound);
  reply.header('cache-control', 'no-store');
  return { ...messageView(message), attempt_list: message.attempts.map(attemptView) };
}

function idIn(request: FastifyRequest): string {
  const { params } = request;
  const id = typeof params === 'object' && params !== null && 'cdls_id' in params ? params.cdls_id : '';
  return typeof id === 'string' ? id : '';
}

const problemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.Optional(Type.String()),
    code: Type.Optional(Type.Integer({ description: 'The family’s number, when it has one.' })),
  },
  { description: 'RFC 9457 problem details' },
);

const params = Type.Object({ cdls_id: Type.String({ description: 'The number of the row.' }) });
const common = { tags: ['Messages'], security: [{ tsid: [] }, { bearer: [] }, { basic: [] }] };
const problems = { 400: problemSchema, 401: problemSchema, 403: problemSchema, 503: problemSchema };

const docs = {
  one: {
    ...common,
    summary: 'One message and its attempts',
    params,
    response: { 200: messageWithAttemptsSchema, ...problems, 404: problemSchema },
  },
  list: {
    ...common,
    summary: 'The newest messages first',
    querystring: Type.Object({
      line: Type.Optional(Type.String()),
      status: Type.Optional(Type.String({ description: 'PENDING, OK, ERROR, WR or CANCELED.' })),
      dest: Type.Optional(Type.String()),
      msg_id: Type.Optional(Type.String()),
      campaign: Type.Optional(Type.String()),
      before: Type.Optional(Type.String({ description: 'Only rows below this number: `next` of the page before.' })),
      limit: Type.Optional(Type.String({ description: '1 to 200, default 50.' })),
    }),
    response: {
      200: Type.Object({
        messages: Type.Array(messageSchema),
        next: Type.Unsafe<string | null>({
          type: ['string', 'null'],
          description: 'Pass it as `before`; null: no more.',
        }),
      }),
      ...problems,
    },
  },
  cancel: {
    ...common,
    summary: 'Cancel a message that has not been handed to Graph',
    params,
    response: { 200: messageWithAttemptsSchema, ...problems, 404: problemSchema, 409: problemSchema },
  },
};
