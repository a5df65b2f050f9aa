import { endSession, sessionSeconds } from '@pombo/db/operator-sessions.ts';
import { anyOperator } from '@pombo/db/operators.ts';
import type { Prisma } from '@pombo/db/prisma.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { firstOperatorPage } from './first-operator-page.ts';
import type { Guard } from './guard.ts';
import { noSessionCookie, sessionCookie, sessionIdIn } from './session-cookie.ts';
import type { SignIn, SignInDoor } from './sign-in-door.ts';
import { signInPage } from './sign-in-page.ts';
import { addressOf, formOf, isSecure } from './visitor.ts';
import { wayBack } from './way-back.ts';

interface SignInParts {
  prisma: Prisma;
  door: SignInDoor;
  guard: Guard;
}

type Refused = Exclude<SignIn, { kind: 'welcome' }>;

const statuses = { wrong: 401, wait: 429, busy: 503 } as const satisfies Record<Refused['kind'], number>;

/** What somebody sees who has not signed in. */
export function strangersPage(prisma: Prisma) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const wasSignedIn = sessionIdIn(request.headers.cookie, isSecure(request)) !== null;
    const to = request.method === 'GET' ? wayBack(request.url) : '/';
    return reply.send((await anyOperator(prisma)) ? signInPage({ wasSignedIn, to }) : firstOperatorPage(null));
  };
}

export function signInRoutes(app: FastifyInstance, { prisma, door, guard }: SignInParts): void {
  app.post('/sign-in', async (request, reply) => {
    const { name, password } = fieldsOf(request);
    const said = await door.signIn(name, password, addressOf(request));
    const to = wayBack(formOf(request).get('to') ?? '');
    if (said.kind === 'welcome') return welcome(request, reply, said.sessionId, to);
    return refuse(reply, said).send(signInPage({ complaint: sentenceOf(said), to }));
  });

  app.post('/first-operator', async (request, reply) => {
    if (await anyOperator(prisma)) return reply.redirect('/', 303);
    const { token, name, password } = fieldsOf(request);
    const said = await door.createFirst(token, name, password, addressOf(request));
    if (said.kind === 'welcome') return welcome(request, reply, said.sessionId, '/');
    if (said.kind === 'not_the_first') return reply.redirect('/', 303);
    if (said.kind === 'unfit') return reply.code(400).send(firstOperatorPage(said.sentence));
    const sentence = said.kind === 'wrong' ? 'That is not the ADMIN_TOKEN.' : sentenceOf(said);
    return refuse(reply, said).send(firstOperatorPage(sentence));
  });

  app.post(
    '/sign-out',
    guard.form('view', async ({ actor, sessionId }, request, reply) => {
      await endSession(prisma, actor, sessionId);
      return reply.header('set-cookie', noSessionCookie(isSecure(request))).redirect('/', 303);
    }),
  );
}

/** A field that is missing is empty, and no empty one is right. */
function fieldsOf(request: FastifyRequest): { token: string; name: string; password: string } {
  const form = formOf(request);
  return { token: form.get('token') ?? '', name: form.get('name') ?? '', password: form.get('password') ?? '' };
}

function welcome(request: FastifyRequest, reply: FastifyReply, sessionId: string, to: string): FastifyReply {
  return reply.header('set-cookie', sessionCookie(sessionId, isSecure(request), sessionSeconds)).redirect(to, 303);
}

function refuse(reply: FastifyReply, refused: Refused): FastifyReply {
  if (refused.kind === 'wait') reply.header('retry-after', String(refused.seconds));
  return reply.code(statuses[refused.kind]);
}

function sentenceOf(refused: Refused): string {
  if (refused.kind === 'wait') return `Too many tries have failed. Try again in ${refused.seconds} s.`;
  return refused.kind === 'busy'
    ? 'Too many people sign in at this moment. Try again in a few seconds.'
    : 'The name or the password is wrong.';
}
