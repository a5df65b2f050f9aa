import { randomUUID } from 'node:crypto';
import { findBulkAction, listBulkActions, startBulkAction, stopBulkAction } from '@pombo/db/bulk-actions.ts';
import { countMatches, type MessageSearch } from '@pombo/db/message-search.ts';
import { type BulkKind, kindsFor } from '@pombo/domain/bulk-action.ts';
import type { FastifyInstance } from 'fastify';
import { type AskedFields, isRowNumber, readSearch } from '../messages/search-fields.ts';
import { notice } from '../page/notice.ts';
import { queryOf } from '../page/query.ts';
import { sentencePage } from '../page/sentence-page.ts';
import type { RoomParts } from '../room-parts.ts';
import { formOf } from '../sign-in/visitor.ts';
import { bulkActionPage } from './bulk-action-page.ts';
import { bulkActionsPage } from './bulk-actions-page.ts';
import { previewPage } from './preview-page.ts';

const actionsShown = 100;

const sentences = {
  stopped: 'It is stopped.',
  ended: 'It had ended already.',
} as const satisfies Record<string, string>;

type Params = { Params: { id: string } };

export function bulkActionRoutes(app: FastifyInstance, { database, prisma, guard }: RoomParts): void {
  app.get(
    '/bulk-actions',
    guard.page('view', async (visitor) => bulkActionsPage(visitor, await listBulkActions(prisma, actionsShown))),
  );

  app.get(
    '/bulk-actions/new',
    guard.page('operate', async (visitor, request, reply) => {
      const order = readOrder(queryOf(request));
      if (order === null) return reply.code(400).send(sentencePage(noOrder));
      const counted = await countMatches(database, order.search);
      return previewPage({ visitor, ...order, counted, form: randomUUID() });
    }),
  );

  app.post(
    '/bulk-actions',
    guard.form('operate', async ({ actor }, request, reply) => {
      const form = formOf(request);
      const order = readOrder(form);
      const confirmed = readConfirmation(form);
      if (order === null || confirmed === null) return reply.code(400).send(sentencePage(noOrder));
      const { kind, search } = order;
      const id = await startBulkAction(prisma, actor, { kind, search, ...confirmed });
      return reply.redirect(`/bulk-actions/${id}`, 303);
    }),
  );

  app.get<Params>(
    '/bulk-actions/:id',
    guard.page('view', async (visitor, request, reply) => {
      const { id } = request.params as Params['Params'];
      const action = isRowNumber(id) ? await findBulkAction(prisma, id) : null;
      if (action === null) return reply.code(404).send(sentencePage('There is no such bulk action.'));
      return bulkActionPage(visitor, action, notice(queryOf(request).get('said'), sentences));
    }),
  );

  app.post<Params>(
    '/bulk-actions/:id/stop',
    guard.form('operate', async ({ actor }, request, reply) => {
      const { id } = request.params as Params['Params'];
      const stopped = isRowNumber(id) && (await stopBulkAction(prisma, actor, id));
      return reply.redirect(`/bulk-actions/${isRowNumber(id) ? id : '0'}?said=${stopped ? 'stopped' : 'ended'}`, 303);
    }),
  );
}

const noOrder = 'This cannot be done to what the search asks for. Search for a state first.';

/** What is to be done, and to which; null when the one does not go with the other. */
function readOrder(query: URLSearchParams): { kind: BulkKind; search: MessageSearch; asked: AskedFields } | null {
  const { asked, search, faults } = readSearch(query);
  const kind = kindsFor(search.state).find((each) => each === query.get('kind'));
  return faults.length > 0 || kind === undefined ? null : { kind, search, asked };
}

/** What the form says that its page had said. */
function readConfirmation(form: URLSearchParams): { form: string; counted: number; countedAll: boolean } | null {
  const [order, counted] = [form.get('order') ?? '', form.get('counted') ?? ''];
  if (!/^[0-9a-f-]{36}$/.test(order) || !/^\d{1,9}$/.test(counted)) return null;
  return { form: order, counted: Number(counted), countedAll: form.get('all') === 'true' };
}
