import { excludeRecipients, includeRecipients, listExcluded } from '@pombo/db/exclusions.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuseOtherMethods } from '../allowed-methods.ts';
import type { CampaignParts } from '../campaigns/campaign-parts.ts';
import { readLimit } from '../campaigns/campaign-query.ts';
import { dests, maxDestsBodyBytes } from '../campaigns/exclusion-fields.ts';
import { enter } from '../entry.ts';
import { readMembers } from '../parameters/json-members.ts';
import { badRequest, type Problem, sendMethodNotAllowed, sendProblem } from '../problem.ts';
import { answerFaults } from './ordinary-faults.ts';
import { exclusionDocs } from './v1-exclusions-docs.ts';

const all = '/v1/exclusions';
const removal = '/v1/exclusions/remove';

const defaultLimit = 1_000;
const maxLimit = 10_000;

/** Whom the campaigns of an account must not write to. */
export async function exclusionRoutes(app: FastifyInstance, parts: CampaignParts): Promise<void> {
  answerFaults(app, parts.logger, 'a question about exclusions failed');
  const bodyLimit = maxDestsBodyBytes;

  app.get(all, { schema: exclusionDocs.list }, (request, reply) => list(request, reply, parts));

  app.post(all, { schema: exclusionDocs.add, bodyLimit }, async (request, reply) => {
    const asked = await readDests(request, parts);
    if (asked.kind === 'refused') return sendProblem(reply, asked.problem);
    reply.header('cache-control', 'no-store');
    return { added: await parts.atOnce.run(() => excludeRecipients(parts.database, asked.customerId, asked.dests)) };
  });

  app.post(removal, { schema: exclusionDocs.remove, bodyLimit }, async (request, reply) => {
    const asked = await readDests(request, parts);
    if (asked.kind === 'refused') return sendProblem(reply, asked.problem);
    reply.header('cache-control', 'no-store');
    return { removed: await parts.atOnce.run(() => includeRecipients(parts.database, asked.customerId, asked.dests)) };
  });

  refuseOtherMethods(app, { [all]: ['GET', 'POST'], [removal]: ['POST'] }, sendMethodNotAllowed);
}

async function list(request: FastifyRequest, reply: FastifyReply, parts: CampaignParts) {
  const entry = await enter(request, parts, false);
  if (entry.kind === 'refused') return sendProblem(reply, entry.problem);
  const limit = readLimit(entry.fields, defaultLimit, maxLimit);
  if (limit === null) return sendProblem(reply, badRequest(`limit must be 1 to ${maxLimit}`));
  const { customerId, fields } = entry;
  const after = fields.get('after') ?? '';
  const page = await parts.atOnce.run(() => listExcluded(parts.database, customerId, after, limit));
  reply.header('cache-control', 'no-store');
  return {
    exclusions: page.map(({ dest, createdAt }) => ({ dest, created_at: createdAt.toISOString() })),
    next: page.length === limit ? (page.at(-1)?.dest ?? null) : null,
  };
}

type DestsReading = { kind: 'dests'; customerId: string; dests: string[] } | { kind: 'refused'; problem: Problem };

async function readDests(request: FastifyRequest, parts: CampaignParts): Promise<DestsReading> {
  const entry = await enter(request, parts, true);
  if (entry.kind === 'refused') return entry;
  const reading = readMembers(request, { dests });
  if (reading.kind === 'refused') return reading;
  if (!reading.members.dests) return { kind: 'refused', problem: badRequest('dests is missing') };
  return { kind: 'dests', customerId: entry.customerId, dests: reading.members.dests };
}
