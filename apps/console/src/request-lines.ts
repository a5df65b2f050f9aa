import type { Logger } from '@pombo/observe/logger.ts';
import { isProbe, logRequest } from '@pombo/observe/request-line.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { assetRoute } from './assets/assets.ts';
import { isOwnReload } from './page/own-reload.ts';
import { addressOf } from './sign-in/visitor.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who has signed in, once the guard knows. */
    operator: string | null;
  }
}

/** Gives every request its name, and writes one line about it when the answer is out. */
export function writeRequestLines(app: FastifyInstance, logger: Logger): void {
  app.decorateRequest('operator', null);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const answered = {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      tookMs: reply.elapsedTime,
      routine: isRoutine(request),
    };
    const { operator } = request;
    logRequest(logger, answered, { address: addressOf(request), ...(operator !== null && { operator }) });
    done();
  });
}

/** What browsers and balancers ask by themselves. */
function isRoutine(request: FastifyRequest): boolean {
  const { url } = request.routeOptions;
  return (
    isProbe(url) || url === assetRoute || isOwnReload(request.query, request.headers['sec-fetch-user']?.toString())
  );
}
