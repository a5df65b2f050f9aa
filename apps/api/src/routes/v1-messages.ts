import type { LoggedAttempt, LoggedMessage, MessageFilter } from '@pombo/db/message-log.ts';
import { isRowNumber } from '@pombo/domain/row-number.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { refuseOtherMethods } from '../allowed-methods.ts';
import type { Door } from '../auth/door.ts';
import { enter } from '../entry.ts';
import { type Problem, sendMethodNotAllowed, sendProblem } from '../problem.ts';
import { readMessageQuery } from './message-query.ts';
import { attemptView, messageSchema, messageView, messageWithAttemptsSchema } from './message-view.ts';
import { answerFaults } from './ordinary-faults.ts';
import { problemSchema, problems, security } from './problem-schema.ts';

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

const notFound: Problem = { status: 404, title: 'No such message' };

const one = '/v1/messages/:cdls_id';
const list = '/v1/messages';
const cancel = '/v1/messages/:cdls_id/cancel';

/** The log and the cancelling of messages, for new callers. */
export async function messageRoutes(app: FastifyInstance, parts: MessageParts): Promise<void> {
  answerFaults(app, parts.logger, 'a question about messages failed');

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

  refuseOtherMethods(app, { [one]: ['GET'], [list]: ['GET'], [cancel]: ['POST'] }, sendMethodNotAllowed);
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

const params = Type.Object({ cdls_id: Type.String({ description: 'The number of the row.' }) });
const common = { tags: ['Messages'], security };

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
