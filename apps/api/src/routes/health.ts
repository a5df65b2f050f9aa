import { answerHealth, type Ready } from '@pombo/observe/health.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { refuseOtherMethods } from '../allowed-methods.ts';
import { sendMethodNotAllowed } from '../problem.ts';

const docs = {
  tags: ['Operations'],
  response: {
    200: Type.Object({ status: Type.String() }),
    503: Type.Object({ status: Type.String(), reasons: Type.Array(Type.String()) }),
  },
};

const paths = ['/healthz', '/readyz'];

/** Is this process alive, and should it get work? */
export async function healthRoutes(app: FastifyInstance, { ready }: { ready: Ready }): Promise<void> {
  for (const path of paths) {
    const handler = async (_request: FastifyRequest, reply: FastifyReply) => {
      const health = await answerHealth(path, ready);
      reply.header('cache-control', 'no-store');
      return reply.code(health?.statusCode ?? 503).send(health?.body);
    };
    app.get(path, { schema: docs }, handler);
    app.head(path, { schema: { hide: true } }, handler);
  }
  refuseOtherMethods(app, Object.fromEntries(paths.map((path) => [path, ['GET', 'HEAD']])), sendMethodNotAllowed);
}
