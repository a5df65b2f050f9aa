import type { Database } from '@pombo/db/database.ts';
import { readSession } from '@pombo/db/operator-sessions.ts';
import { authorise, type Right } from '@pombo/domain/authorise.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isOwnReload } from '../page/own-reload.ts';
import { sentencePage } from '../page/sentence-page.ts';
import { isFormOf } from './form-token.ts';
import { sessionIdIn } from './session-cookie.ts';
import { addressOf, formOf, isSecure, type Visitor } from './visitor.ts';

type Answer = (visitor: Visitor, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Stands before every page but those for strangers. */
export interface Guard {
  /** A page for operators who have this right; everybody else is asked to sign in. */
  page(right: Right, answer: Answer): Handler;
  /** The same for a form, which must have been made for this very session. */
  form(right: Right, answer: Answer): Handler;
  /** Before pages that others have made: lets through who has this right. `isUse`: whether a request uses the session. */
  hook(right: Right, isUse: (request: FastifyRequest) => boolean): Handler;
}

export function openGuard(database: Database, welcomeStranger: Handler): Guard {
  const guarded =
    (right: Right, answer: Answer, isUse = isAskedByPerson): Handler =>
    async (request, reply) => {
      const visitor = await visitorOf(database, request, isUse(request));
      if (visitor !== null) request.operator = visitor.name;
      if (visitor === null) return welcomeStranger(request, reply.code(401));
      if (authorise(visitor.role, right)) return answer(visitor, request, reply);
      return reply.code(403).send(sentencePage(`As ${visitor.role} you may not do this.`));
    };
  return {
    page: (right, answer) => guarded(right, answer),
    form: (right, answer) =>
      guarded(right, async (visitor, request, reply) => {
        if (isFormOf(visitor.sessionId, formOf(request))) return answer(visitor, request, reply);
        return reply.code(403).send(sentencePage('This form belongs to another session. Load the page again.'));
      }),
    hook: (right, isUse) => guarded(right, async () => undefined, isUse),
  };
}

function isAskedByPerson(request: FastifyRequest): boolean {
  return !isOwnReload(request.query, request.headers['sec-fetch-user']?.toString());
}

async function visitorOf(database: Database, request: FastifyRequest, inUse: boolean): Promise<Visitor | null> {
  const sessionId = sessionIdIn(request.headers.cookie, isSecure(request));
  if (sessionId === null) return null;
  const signedIn = await readSession(database, sessionId, inUse);
  return signedIn && { ...signedIn, sessionId, actor: { who: signedIn.name, origin: addressOf(request) } };
}
