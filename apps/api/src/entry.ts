import { refusals } from '@pombo/domain/refusal.ts';
import type { FastifyRequest } from 'fastify';
import { type Credentials, readCredentials } from './auth/credentials.ts';
import type { Authentication, Door } from './auth/door.ts';
import type { Fields } from './parameters/fields.ts';
import { readParameters } from './parameters/read-parameters.ts';
import type { Problem } from './problem.ts';

export type Entry =
  | { kind: 'welcome'; customerId: string; fields: Fields; credentials: Credentials }
  | { kind: 'refused'; problem: Problem };

/** The same credentials as everywhere, in the words of RFC 9457. */
export async function enter(request: FastifyRequest, { door }: { door: Door }, needsToSend: boolean): Promise<Entry> {
  const parameters = await readParameters(request);
  if (parameters.kind === 'broken')
    return { kind: 'refused', problem: { status: 400, title: 'bad request', detail: parameters.because } };
  const credentials = readCredentials(parameters.fields, request.headers.authorization);
  const entry = await door.authenticate(credentials, request.story.address, needsToSend);
  if (entry.kind === 'refused') return { kind: 'refused', problem: problemOfRefusal(entry) };
  const { customerId, name } = entry.account;
  Object.assign(request.story, { customerId, credential: name });
  return { kind: 'welcome', customerId, fields: parameters.fields, credentials };
}

export function problemOfRefusal({ refusal }: Extract<Authentication, { kind: 'refused' }>): Problem {
  const { httpStatus, status, statusCode } = refusals[refusal];
  return { status: refusal === 'permissionDenied' ? 403 : httpStatus, title: status, code: statusCode };
}
