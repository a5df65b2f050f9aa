import underPressure from '@fastify/under-pressure';
import type { Ready } from '@pombo/observe/health.ts';
import { type FastifyInstance, fastify } from 'fastify';
import { answerBrokenHttp } from './broken-http.ts';
import { refusalOfFault } from './faults.ts';
import { maxBodyBytes } from './parameters/read-body.ts';
import { sendProblem } from './problem.ts';
import { collectDocumentation, documentationRoutes } from './routes/documentation.ts';
import { healthRoutes } from './routes/health.ts';
import { makeMessengerRoutes, type SendParts } from './routes/make-messenger.ts';
import { type MessageParts, messageRoutes } from './routes/v1-messages.ts';
import { tellStories } from './story.ts';

export interface AppParts extends SendParts, MessageParts {
  ready: Ready;
  /** Proxies whose X-Forwarded-For counts; empty: none. */
  trustProxy: readonly string[];
  /** Aborted when the process takes no new work. */
  stopping: AbortSignal;
  /** Told of every request for work, refused or not. */
  heard: () => void;
  version: string;
}

/** A text of 2000 characters, all of them emoji and percent-encoded, is 24 000 bytes of a GET's query. */
const maxHeaderBytes = 64 * 1024;
/**
 * From here on a newcomer would only make everybody wait longer. It is the mean of a second: the event loop turned fewer
 * than five times in it. A send needs about eight turns on its way to its row, and a refusal two or three, so whoever is
 * let in has a row within two seconds, and whoever is not hears so within one. A shorter sample would take one long
 * pause, a garbage collection or a neighbour on the same machine, for overload.
 */
const maxEventLoopDelayMs = 200;
const eventLoopSampleMs = 1000;

/** The table of contents of this process: what is registered, in what order. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    trustProxy: parts.trustProxy.length > 0 ? [...parts.trustProxy] : false,
    bodyLimit: maxBodyBytes,
    // Slow senders lose their connection; the wait for an outcome is not part of this.
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    // A HEAD of a sending GET would send.
    exposeHeadRoutes: false,
    // While it stops, requests on open connections get the answer of `refuseWhenStopping`.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: maxHeaderBytes },
    clientErrorHandler: answerBrokenHttp,
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply, { status: error.statusCode ?? 400, title: 'bad request' });
    },
  });

  takeBodiesAsBytes(app);
  tellStories(app, parts.logger);
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    done();
  });
  app.setErrorHandler((error: Error, _request, reply) => {
    parts.logger.error({ err: error }, 'a request failed');
    return sendProblem(reply, { status: refusalOfFault(error) === 'unavailable' ? 500 : 400, title: 'Error' });
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, { status: 404, title: 'Not found' }));

  await collectDocumentation(app, parts.version);
  await app.register(healthRoutes, parts);
  await app.register(documentationRoutes);
  await app.register(async (work) => {
    await work.register(underPressure, {
      maxEventLoopDelay: maxEventLoopDelayMs,
      sampleInterval: eventLoopSampleMs,
      retryAfter: 1,
    });
    work.addHook('onRequest', (_request, _reply, done) => {
      parts.heard();
      done();
    });
    refuseWhenStopping(work, parts.stopping);
    await work.register(makeMessengerRoutes, parts);
    await work.register(messageRoutes, parts);
  });
  return app;
}

/** Parameters are read from bytes by our own rules, and the schemas only describe. */
function takeBodiesAsBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setValidatorCompiler(() => () => true);
}

function refuseWhenStopping(app: FastifyInstance, stopping: AbortSignal): void {
  app.addHook('onRequest', (_request, reply, done) => {
    if (!stopping.aborted) return done();
    reply.header('connection', 'close');
    done(Object.assign(new Error('this process is stopping'), { statusCode: 503, code: 'FST_UNDER_PRESSURE' }));
  });
}
