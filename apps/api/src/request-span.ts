import type { OpenSpan } from '@pombo/observe/open-span.ts';
import type { Tracing } from '@pombo/observe/tracing.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The span of a request. It says the route's pattern and never the address, in which there may be a token, a text or a person. */
export function beginRequestSpan(tracing: Tracing, request: FastifyRequest): OpenSpan {
  const { url = '/unknown' } = request.routeOptions;
  return tracing.begin(`${request.method} ${startingWithSlash(url)}`, {
    kind: 'server',
    origin: { traceparent: request.headers.traceparent, as: 'parent' },
    facts: {
      'http.request.method': request.method,
      'http.route': request.routeOptions.url,
      'url.scheme': request.protocol,
      'client.address': request.story.address,
      'pombo.request_id': request.id,
    },
  });
}

export function endRequestSpan(span: OpenSpan, request: FastifyRequest, { statusCode }: FastifyReply): void {
  const { messageId, customerId, lineId, lane, campaignId, code, replayed } = request.story;
  span.tell({
    'http.response.status_code': statusCode,
    cdls_id: messageId,
    'pombo.customer': customerId,
    'pombo.line': lineId,
    'pombo.lane': lane,
    'pombo.campaign': campaignId,
    'pombo.status_code': code,
    'pombo.replayed': replayed,
  });
  // What the caller did wrong is no failure of this process.
  if (statusCode >= 500) span.fail(String(statusCode));
  span.end();
}

function startingWithSlash(route: string): `/${string}` {
  return `/${route.replace(/^\//, '')}`;
}
