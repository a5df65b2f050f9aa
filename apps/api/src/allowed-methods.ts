import type { FastifyInstance, FastifyReply, RouteOptions } from 'fastify';

/** Answers every other method of these paths with 405 and the list of those that are allowed. */
export function refuseOtherMethods(
  app: FastifyInstance,
  paths: Readonly<Record<string, readonly string[]>>,
  refuse: (reply: FastifyReply) => FastifyReply,
): void {
  for (const [url, allowed] of Object.entries(paths)) {
    const others = app.supportedMethods.filter((method) => !allowed.includes(method));
    const route: RouteOptions = {
      method: others,
      url,
      schema: { hide: true },
      handler: (_request, reply) => refuse(reply.header('allow', allowed.join(', '))),
    };
    app.route(route);
  }
}
