import type { Actor } from '@pombo/db/audit.ts';
import { type Paces, pauseLine, resumeLine, setLineActive, setLinePace, setLineToken } from '@pombo/db/lines.ts';
import { type HandProbe, probeByHand } from '@pombo/db/probe-by-hand.ts';
import type { Right } from '@pombo/domain/authorise.ts';
import { paceRule, readPace } from '@pombo/domain/configured-pace.ts';
import { isMetasOwnHost } from '@pombo/graph/meta-host.ts';
import { probeOnce } from '@pombo/graph/probe-once.ts';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { sentencePage } from '../page/sentence-page.ts';
import { formOf } from '../sign-in/visitor.ts';
import { lineIdIn, linePath } from './line-address.ts';
import type { LineNotice } from './line-notices.ts';
import type { LineRoomParts } from './line-room-parts.ts';
import { saidByProbe } from './probe-notice.ts';

/** What a deed came to: what the line's page says then, or why it was not done. */
type Done =
  | { kind: 'done'; said: Readonly<Record<string, string>> }
  | { kind: 'no_line' }
  | { kind: 'unfit'; sentence: string };

type Act = (parts: LineRoomParts, by: Actor, lineId: string, form: URLSearchParams) => Promise<Done>;

/** What may be done to a line, and the right it needs. */
const deeds = {
  pause: {
    right: 'operate',
    act: async ({ prisma }, by, lineId) => doneIf(await pauseLine(prisma, by, lineId), 'paused'),
  },
  resume: {
    right: 'operate',
    act: async ({ prisma }, by, lineId) => doneIf(await resumeLine(prisma, by, lineId), 'resumed'),
  },
  pace: { right: 'operate', act: setPace },
  probe: {
    right: 'operate',
    act: async (parts, by, lineId) => afterProbe(await probe(parts, by, lineId), {}),
  },
  token: { right: 'administer', act: replaceToken },
  activate: {
    right: 'administer',
    act: async ({ prisma }, by, lineId) => doneIf(await setLineActive(prisma, by, lineId, true), 'activated'),
  },
  deactivate: {
    right: 'administer',
    act: async ({ prisma }, by, lineId) => doneIf(await setLineActive(prisma, by, lineId, false), 'deactivated'),
  },
} as const satisfies Record<string, { right: Right; act: Act }>;

export type LineDeed = keyof typeof deeds;

export function lineActionRoutes(app: FastifyInstance, parts: LineRoomParts): void {
  for (const [name, { right, act }] of Object.entries(deeds)) {
    app.post(
      `/lines/:line/${name}`,
      parts.guard.form(right, async ({ actor }, request, reply) => {
        const lineId = lineIdIn(request);
        if (lineId === null) return reply.callNotFound();
        return answer(reply, lineId, await act(parts, actor, lineId, formOf(request)));
      }),
    );
  }
}

function answer(reply: FastifyReply, lineId: string, done: Done): unknown {
  switch (done.kind) {
    case 'done':
      return reply.redirect(linePath(lineId, done.said), 303);
    case 'no_line':
      return reply.callNotFound();
    case 'unfit':
      return reply.code(400).send(sentencePage(done.sentence));
  }
}

function doneIf(known: boolean, said: LineNotice): Done {
  return known ? { kind: 'done', said: { said } } : { kind: 'no_line' };
}

async function setPace({ prisma, graph }: LineRoomParts, by: Actor, lineId: string, form: URLSearchParams) {
  const [pace, mediaPace] = [readPace(form.get('pace') ?? ''), readPace(form.get('mediaPace') ?? '')];
  if (pace === null || mediaPace === null) return { kind: 'unfit', sentence: `A pace: ${paceRule}` } as const;
  if ((pace === 0 || mediaPace === 0) && isMetasOwnHost(graph.baseUrl)) {
    const sentence = 'A pace of 0 is refused: sends go to Meta itself, which blocks pages that send without a pace.';
    return { kind: 'unfit', sentence } as const;
  }
  const paces: Paces = { pace, mediaPace };
  return doneIf(await setLinePace(prisma, by, lineId, paces), 'pace');
}

async function replaceToken(parts: LineRoomParts, by: Actor, lineId: string, form: URLSearchParams): Promise<Done> {
  const token = (form.get('token') ?? '').trim();
  if (token === '' || token.includes('\0')) return { kind: 'unfit', sentence: 'Give the page access token.' };
  const { prisma, seal } = parts;
  if (!(await setLineToken(prisma, by, seal, lineId, token))) return { kind: 'no_line' };
  return afterProbe(await probe(parts, by, lineId), { said: 'token' });
}

function probe({ database, prisma, seal, graph }: LineRoomParts, by: Actor, lineId: string): Promise<HandProbe> {
  const { baseUrl, apiVersion, appSecret } = graph;
  const askGraph = (secrets: Parameters<typeof probeOnce>[1]) => probeOnce({ baseUrl, apiVersion }, secrets);
  return probeByHand({ database, prisma, seal, appSecret, askGraph }, by, lineId);
}

function afterProbe(probed: HandProbe, before: { said?: LineNotice }): Done {
  return probed.kind === 'no_line' ? probed : { kind: 'done', said: { ...before, ...saidByProbe(probed) } };
}
