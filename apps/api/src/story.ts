import { clientAddress } from '@pombo/domain/client-address.ts';
import type { Lane } from '@pombo/domain/lane.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { OpenSpan } from '@pombo/observe/open-span.ts';
import { isProbe, logRequest } from '@pombo/observe/request-line.ts';
import type { Tracing } from '@pombo/observe/tracing.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { beginRequestSpan, endRequestSpan } from './request-span.ts';

/** What is learned about a request while it is answered: one log line in the end. No secrets and no message text. */
export interface Story {
  address: string;
  customerId?: string;
  /** The token's name or the username. */
  credential?: string;
  lineId?: string;
  lane?: Lane;
  messageId?: string;
  campaignId?: string;
  code?: number;
  replayed?: true;
  /** Why a body was no body, in our words. */
  because?: string;
  /** Where requests are traced. */
  span?: OpenSpan;
}

declare module 'fastify' {
  interface FastifyRequest {
    story: Story;
  }
}

/** Gives every request a story and its name, and writes the story down when the answer is out. */
export function tellStories(app: FastifyInstance, logger: Logger, tracing: Tracing | null): void {
  app.decorateRequest('story');
  app.addHook('onRequest', (request, reply, done) => {
    beginStory(request, reply);
    if (tracing !== null && !isProbe(request.routeOptions.url)) request.story.span = beginRequestSpan(tracing, request);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    writeDown(request, reply, logger);
    if (request.story.span) endRequestSpan(request.story.span, request, reply);
    done();
  });
}

/** For a request that Fastify itself has answered. */
export function tellWhatNoHookSaw(request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  beginStory(request, reply);
  writeDown(request, reply, logger);
}

function beginStory(request: FastifyRequest, reply: FastifyReply): void {
  request.story = { address: clientAddress(request.ip, request.socket.remoteAddress) };
  reply.header('x-request-id', request.id);
}

function writeDown(request: FastifyRequest, reply: FastifyReply, logger: Logger): void {
  const { messageId, campaignId, span, ...story } = request.story;
  const { url } = request.routeOptions;
  const answered = {
    requestId: request.id,
    method: request.method,
    route: url,
    status: reply.statusCode,
    tookMs: reply.elapsedTime,
    routine: isProbe(url),
  };
  logRequest(logger, answered, {
    ...story,
    // Under the name a worker's line has for it.
    ...(messageId !== undefined && { cdls_id: messageId }),
    ...(campaignId !== undefined && { campaign: campaignId }),
    ...span?.fields,
  });
}
