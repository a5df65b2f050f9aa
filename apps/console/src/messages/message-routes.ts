import { cancelByOperator } from '@pombo/db/cancel.ts';
import { aboveAll, searchMessages } from '@pombo/db/message-search.ts';
import { readSurroundings } from '@pombo/db/message-surroundings.ts';
import { readContent, showMessage } from '@pombo/db/messages.ts';
import { replayMessage } from '@pombo/db/replay.ts';
import { type HandSettlement, settleByHand } from '@pombo/db/settle-by-hand.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { notice } from '../page/notice.ts';
import { queryOf } from '../page/query.ts';
import { sentencePage } from '../page/sentence-page.ts';
import type { RoomParts } from '../room-parts.ts';
import { formOf } from '../sign-in/visitor.ts';
import { replayRefusals } from './message-actions.ts';
import { messagePage } from './message-page.ts';
import { messagesPage } from './messages-page.ts';
import { isRowNumber, readSearch } from './search-fields.ts';

const messagesShown = 50;

/** What a message's page says after one of its forms. */
const sentences = {
  canceled: 'It is canceled.',
  too_late: 'It was too late: it has been handed to Graph, or has its last word.',
  settled: 'Your word is recorded.',
  not_unknown: 'Nothing was changed: its outcome is not unknown any more.',
  settle_campaign_canceled: 'Nothing was changed: its campaign was canceled, so nothing of it is sent.',
  no_word: 'Nothing was changed: the form did not say what became of it.',
  replayed: 'This is the replay. It has been accepted.',
  ...replayRefusals,
} as const satisfies Record<string, string>;

export function messageRoutes(app: FastifyInstance, parts: RoomParts): void {
  const { database, prisma, guard, now } = parts;

  app.get(
    '/messages',
    guard.page('view', async (visitor, request) => {
      const query = queryOf(request);
      const { asked, search, faults } = readSearch(query);
      const given = query.get('before') ?? '';
      const before = isRowNumber(given) ? given : null;
      const page = { before: before ?? aboveAll, limit: messagesShown };
      const found = faults.length > 0 ? null : await searchMessages(database, search, page);
      return messagesPage({ visitor, asked, state: search.state, faults, found, before });
    }),
  );

  app.get(
    '/messages/:id',
    guard.page('view', async (visitor, request, reply) => {
      const id = idIn(request);
      const [message, content] =
        id === null ? [null, null] : await Promise.all([showMessage(prisma, id), readContent(prisma, id)]);
      if (message === null || content === null) return reply.code(404).send(sentencePage('There is no such message.'));
      const around = await readSurroundings(database, message);
      const said = notice(queryOf(request).get('said'), sentences);
      return messagePage({ visitor, message, content, around, notice: said }, now());
    }),
  );

  app.post(
    '/messages/:id/cancel',
    guard.form('operate', async ({ actor }, request, reply) => {
      const id = idIn(request);
      if (id === null) return back(reply, '0', 'not_found');
      return back(reply, id, await cancelByOperator(prisma, actor, id));
    }),
  );

  app.post(
    '/messages/:id/settle',
    guard.form('operate', async ({ actor }, request, reply) => {
      const id = idIn(request);
      const word = wordIn(formOf(request));
      if (id === null || word === null) return back(reply, id ?? '0', 'no_word');
      return back(reply, id, saidOf[await settleByHand(prisma, actor, id, word)]);
    }),
  );

  app.post(
    '/messages/:id/replay',
    guard.form('operate', async ({ actor }, request, reply) => {
      const id = idIn(request);
      if (id === null) return back(reply, '0', 'not_found');
      const said = await replayMessage(prisma, actor, id, parts.backlogHorizonMs);
      return said.kind === 'replayed' ? back(reply, said.replayId, 'replayed') : back(reply, id, said.kind);
    }),
  );
}

const saidOf = {
  done: 'settled',
  not_unknown: 'not_unknown',
  not_found: 'not_found',
  campaign_canceled: 'settle_campaign_canceled',
} as const;

function back(reply: FastifyReply, id: string, said: keyof typeof sentences): FastifyReply {
  return reply.redirect(`/messages/${id}?said=${said}`, 303);
}

function wordIn(form: URLSearchParams): HandSettlement | null {
  const word = form.get('word');
  if (word === 'not_sent' || word === 'send_again') return { kind: word };
  const returnId = (form.get('return_id') ?? '').trim().replaceAll('\u0000', '').slice(0, 255);
  return word === 'sent' ? { kind: word, returnId } : null;
}

function idIn({ params }: FastifyRequest): string | null {
  const id = typeof params === 'object' && params !== null && 'id' in params ? params.id : null;
  return typeof id === 'string' && isRowNumber(id) ? id : null;
}
