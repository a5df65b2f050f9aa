import type { FastifyRequest } from 'fastify';
import { badRequest, type Problem } from '../problem.ts';
import { readContentType } from './content-type.ts';
import { parseJson } from './json-body.ts';
import { type MemberReader, type MembersOf, readEach } from './member-readers.ts';
import { withoutMark } from './read-body.ts';
import { readQuery } from './read-query.ts';

export type MembersReading<Readers extends Record<string, MemberReader<unknown>>> =
  | { kind: 'members'; members: MembersOf<Readers> }
  | { kind: 'refused'; problem: Problem };

/**
 * The members of a JSON object, each by its reader; none without a body. `request` has been let in, so its body is sound
 * UTF-8, and JSON if it says that it is.
 */
export function readMembers<Readers extends Record<string, MemberReader<unknown>>>(
  request: FastifyRequest,
  readers: Readers,
): MembersReading<Readers> {
  const query = readQuery(request.raw.url ?? '');
  const astray = query.kind === 'fields' ? [...query.fields.keys()].find((name) => !isCredential(name)) : undefined;
  // What stands in the wrong place must not be passed over: it may be what stops a campaign.
  if (astray !== undefined)
    return refused(badRequest(`${astray.slice(0, 64)} belongs in the JSON body, not the query`));
  if (isForeign(request)) return refused(unsupported);
  const given = objectIn(request);
  if (!given) return refused(badRequest('not a JSON object'));
  const reading = readEach(new Map(Object.entries(given).filter(([name]) => !isCredential(name))), readers);
  return reading.kind === 'members' ? reading : refused(badRequest(reading.detail));
}

const unsupported: Problem = { status: 415, title: 'Unsupported media type', detail: 'send application/json' };

function isForeign({ body, headers }: FastifyRequest): boolean {
  const hasBody = Buffer.isBuffer(body) && body.length > 0;
  return hasBody && readContentType(headers['content-type'])?.essence !== 'application/json';
}

function objectIn({ body }: FastifyRequest): object | null {
  if (!Buffer.isBuffer(body) || body.length === 0) return {};
  const parsed = parseJson(withoutMark(body.toString('utf8')));
  return typeof parsed === 'object' ? parsed : null;
}

function isCredential(name: string): boolean {
  return name === 'tsid' || name === 'sid';
}

function refused(problem: Problem): { kind: 'refused'; problem: Problem } {
  return { kind: 'refused', problem };
}
