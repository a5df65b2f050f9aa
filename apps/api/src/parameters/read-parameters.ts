import type { FastifyRequest } from 'fastify';
import type { Fields, FieldsReading } from './fields.ts';
import { readBody } from './read-body.ts';
import { readQuery } from './read-query.ts';

/** Every parameter of the request, wherever it stood. A query parameter wins over a body field of the same name. */
export async function readParameters(request: FastifyRequest): Promise<FieldsReading> {
  const query = readQuery(request.raw.url ?? '');
  if (query.kind === 'broken' || !Buffer.isBuffer(request.body)) return query;
  const body = await readBody({
    contentType: request.headers['content-type'],
    contentEncoding: request.headers['content-encoding'],
    bytes: request.body,
  });
  return body.kind === 'broken' ? body : { kind: 'fields', fields: merged(body.fields, query.fields) };
}

function merged(body: Fields, query: Fields): Fields {
  if (query.size === 0) return body;
  return new Map([...body, ...query]);
}
