import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { LookableQueue } from '@pombo/queue/bull-queue.ts';
import { notesIn, type PackData } from '@pombo/queue/pack.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { boardSecurityPolicy } from '../page/security-headers.ts';
import { sentencePage } from '../page/sentence-page.ts';
import type { Guard } from '../sign-in/guard.ts';
import { ownBoardPage } from './board-page.ts';

interface QueuesParts {
  guard: Guard;
  laneQueues: LookableQueue['laneQueues'];
  onError: (error: unknown) => void;
}

const path = '/queues';

/**
 * bull-board over the two lanes, to be looked at only: whatever is not a GET is refused here, before bull-board hears of
 * it. What is to be done to a message is done to its row (`/messages`), never to its note in the queue.
 */
export function queuesRoutes(app: FastifyInstance, { guard, laneQueues, onError }: QueuesParts): void {
  const adapter = new FastifyAdapter();
  createBullBoard({
    queues: laneQueues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true, externalJobUrl: messageOf })),
    serverAdapter: adapter,
    options: { uiConfig: looks },
  });
  // What went wrong is for the log; it may name hosts and users.
  adapter.setErrorHandler((error) => {
    onError(error);
    return { status: 500, body: { error: 'The queue does not answer just now.' } };
  });
  adapter.setBasePath(path);
  // Awaited by Fastify, before it answers anything.
  void app.register((board, _options, done) => lookOnly(board, guard, adapter, done), { prefix: path });
}

function lookOnly(board: FastifyInstance, guard: Guard, adapter: FastifyAdapter, done: () => void): void {
  board.addHook('onRequest', async (request, reply) => {
    if (request.method === 'GET' || request.method === 'HEAD') return;
    return reply.code(405).header('allow', 'GET, HEAD').send(sentencePage('The queues can only be looked at.'));
  });
  board.addHook('onRequest', guard.hook('view', isPage));
  board.addHook('onRequest', async (_request, reply) => {
    reply.header('content-security-policy', boardSecurityPolicy);
    // Ours is HTML; what bull-board answers says itself what it is.
    reply.removeHeader('content-type');
  });
  board.addHook('onSend', async (request, _reply, payload) =>
    typeof payload === 'string' && isPage(request) ? ownBoardPage(payload) : payload,
  );
  board.setNotFoundHandler((_request, reply) =>
    reply.code(404).type('text/html; charset=utf-8').send(sentencePage('There is no such page.')),
  );
  void board.register(adapter.registerPlugin());
  done();
}

/** What its page looks like. The rest of what may be done with it is decided by the hooks above. */
const looks = {
  boardTitle: 'Pombo: queues',
  hideDocsLink: true,
  miscLinks: [{ text: 'Back to Pombo', url: '/' }],
  pollingInterval: { showSetting: true },
};

/** The board asks for figures again and again by itself; only who opens one of its pages uses the session. */
function isPage({ url }: FastifyRequest): boolean {
  return !url.startsWith(`${path}/api/`) && !url.startsWith(`${path}/static/`);
}

/** A job carries notes, and each names the message it is about. There is room for one link: the others stand in the job's data. */
function messageOf({ data }: { data: PackData }): { displayText: string; href: string } {
  const [first, ...others] = notesIn(data);
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return { displayText: `Message ${first?.messageId}${more}`, href: `/messages/${first?.messageId}` };
}
