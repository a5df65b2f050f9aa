import swagger from '@fastify/swagger';
import apiReference from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';

/** Collects what the routes say about themselves. Must be registered before them. */
export async function collectDocumentation(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Pombo',
        version,
        description: 'Sends Facebook Messenger messages through Meta’s Graph API, and says what became of each.',
      },
      tags: [{ name: 'MakeMessenger' }, { name: 'Messages' }, { name: 'Campaigns' }, { name: 'Operations' }],
      components: {
        securitySchemes: {
          tsid: { type: 'apiKey', in: 'query', name: 'tsid' },
          bearer: { type: 'http', scheme: 'bearer' },
          basic: { type: 'http', scheme: 'basic' },
        },
      },
    },
  });
}

/** Everything the page needs comes from this process; nothing is fetched from anywhere else. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `/openapi.json`, and the same as a page at `/docs/` that works without the internet. */
export async function documentationRoutes(app: FastifyInstance): Promise<void> {
  let document: string | null = null;
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    document ??= JSON.stringify(app.swagger());
    return reply.header('content-type', 'application/json; charset=utf-8').send(document);
  });
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('content-security-policy', pagePolicy);
    reply.header('referrer-policy', 'no-referrer');
    done();
  });
  await app.register(apiReference, {
    routePrefix: '/docs',
    configuration: {
      url: '/openapi.json',
      pageTitle: 'Pombo API',
      withDefaultFonts: false,
      telemetry: false,
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
    },
  });
}
