import type { FastifyRequest } from 'fastify';

/** What the address of a page asks for. */
export function queryOf(request: FastifyRequest): URLSearchParams {
  return new URL(request.url, 'http://console').searchParams;
}
