import underPressure from '@fastify/under-pressure';
import type { Ready } from '@pombo/observe/health.ts';
import { openRequestIds } from '@pombo/observe/request-ids.ts';
import type { Tracing } from '@pombo/observe/tracing.ts';
import { type FastifyInstance, fastify } from 'fastify';
import { answerBrokenHttp } from './broken-http.ts';
import type { CampaignParts } from './campaigns/campaign-parts.ts';
import { refusalOfFault } from './faults.ts';
import { maxBodyBytes } from './parameters/read-body.ts';
import { sendProblem } from './problem.ts';
import { collectDocumentation, documentationRoutes } from './routes/documentation.ts';
import { healthRoutes } from './routes/health.ts';
import { makeMessengerRoutes, type SendParts } from './routes/make-messenger.ts';
import { campaignEventRoutes } from './routes/v1-campaign-events.ts';
import { campaignMoveRoutes } from './routes/v1-campaign-moves.ts';
import { campaignResultRoutes } from './routes/v1-campaign-results.ts';
import { campaignTrialRoutes } from './routes/v1-campaign-trials.ts';
import { campaignUploadRoutes } from './routes/v1-campaign-uploads.ts';
import { campaignRoutes } from './routes/v1-campaigns.ts';
import { exclusionRoutes } from './routes/v1-exclusions.ts';
import { type MessageParts, messageRoutes } from './routes/v1-messages.ts';
import { limitSlowSenders } from './slow-senders.ts';
import { tellStories, tellWhatNoHookSaw } from './story.ts';

export interface AppParts extends SendParts, MessageParts, CampaignParts {
  ready: Ready;
  /** Proxies whose X-Forwarded-For counts; empty: none. */
  trustProxy: readonly string[];
  /** Null where nothing is traced. */
  tracing: Tracing | null;
  /** Told of every request for work, refused or not. */
  heard: () => void;
  /** Above it newcomers hear 503; see `usualEventLoopDelayMs`. */
  maxEventLoopDelayMs?: number;
  version: string;
}

/** Slow senders lose their connection; the wait for an outcome is not part of this. */
const slowestSendMs = 30_000;
/** A text of 2000 characters, all of them emoji and percent-encoded, is 24 000 bytes of a GET's query. */
const maxHeaderBytes = 64 * 1024;
/**
 * From here on a newcomer would only make everybody wait longer. It is the mean of a second: the event loop turned fewer
 * than five times in it. A send needs about eight turns on its way to its row, and a refusal two or three, so whoever is
 * let in has a row within two seconds, and whoever is not hears so within one. A shorter sample would take one long
 * pause, a garbage collection or a neighbour on the same machine, for overload.
 */
const usualEventLoopDelayMs = 200;
const eventLoopSampleMs = 1000;

/** The table of contents of this process: what is registered, in what order. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const app = newServer(parts);
  const slowSenders = limitSlowSenders({ withinMs: slowestSendMs, refuse: answerBrokenHttp });
  takeBodiesAsBytes(app);
  tellStories(app, parts.logger, parts.tracing);
  app.addHook('onRequest', (request, reply, done) => {
    slowSenders.watch(request.raw, reply.raw);
    reply.header('x-content-type-options', 'nosniff');
    done();
  });
  app.setErrorHandler((error: Error, request, reply) => {
    parts.logger.error({ err: error, requestId: request.id }, 'a request failed');
    return sendProblem(reply, { status: refusalOfFault(error) === 'unavailable' ? 500 : 400, title: 'Error' });
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, { status: 404, title: 'Not found' }));

  await collectDocumentation(app, parts.version);
  await app.register(healthRoutes, parts);
  await app.register(documentationRoutes);
  await app.register(async (work) => {
    await work.register(underPressure, {
      maxEventLoopDelay: parts.maxEventLoopDelayMs ?? usualEventLoopDelayMs,
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
    await work.register(campaignRoutes, parts);
    await work.register(campaignMoveRoutes, parts);
    await work.register(campaignUploadRoutes, { ...parts, slowSenders });
    await work.register(campaignTrialRoutes, parts);
    await work.register(campaignResultRoutes, parts);
    await work.register(campaignEventRoutes, parts);
    await work.register(exclusionRoutes, parts);
  });
  return app;
}

function newServer({ trustProxy, processId, logger }: Pick<AppParts, 'trustProxy' | 'processId' | 'logger'>) {
  const requestIdOf = openRequestIds(processId);
  return fastify({
    logger: false,
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']),
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
    bodyLimit: maxBodyBytes,
    keepAliveTimeout: 72_000,
    // A HEAD of a sending GET would send.
    exposeHeadRoutes: false,
    // While it stops, requests on open connections get the answer of `refuseWhenStopping`.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    http: { maxHeaderSize: maxHeaderBytes, headersTimeout: slowestSendMs },
    clientErrorHandler: answerBrokenHttp,
    frameworkErrors: (error, request, reply) => {
      // No hook has seen this request, so nobody would end a body that never comes.
      reply.header('connection', 'close');
      reply.statusCode = error.statusCode ?? 400;
      tellWhatNoHookSaw(request, reply, logger);
      sendProblem(reply, { status: reply.statusCode, title: 'bad request' });
    },
  });
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
