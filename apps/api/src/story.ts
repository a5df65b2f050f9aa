import { clientAddress } from '@pombo/domain/client-address.ts';
import type { Lane } from '@pombo/domain/lane.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

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
}

declare module 'fastify' {
  interface FastifyRequest {
    story: Story;
  }
}

/** Gives every request a story, and writes it down when the answer is out. */
export function tellStories(app: FastifyInstance, logger: Logger): void {
  app.decorateRequest('story');
  app.addHook('onRequest', (request, _reply, done) => {
    request.story = { address: clientAddress(request.ip, request.socket.remoteAddress) };
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const level = levelOf(request, reply);
    if (logger.isLevelEnabled(level)) logger[level](lineOf(request, reply), 'request');
    done();
  });
}

/** Probes of a load balancer are no news. */
function levelOf(request: FastifyRequest, reply: FastifyReply): 'debug' | 'info' | 'warn' {
  if (reply.statusCode >= 500) return 'warn';
  return request.routeOptions.url === '/healthz' || request.routeOptions.url === '/readyz' ? 'debug' : 'info';
}

/** The route's pattern, never the URL: a query may hold the token and the message. */
function lineOf(request: FastifyRequest, reply: FastifyReply) {
  const { messageId, campaignId, ...story } = request.story;
  return {
    method: request.method,
    route: request.routeOptions.url ?? 'unknown',
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime * 10) / 10,
    ...story,
    // Under the name a worker's line has for it.
    ...(messageId !== undefined && { cdls_id: messageId }),
    ...(campaignId !== undefined && { campaign: campaignId }),
  };
}
