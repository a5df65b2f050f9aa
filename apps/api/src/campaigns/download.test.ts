import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@pombo/observe/logger.ts';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { download } from './download.ts';

const silenceMs = 100;
let app: FastifyInstance | null = null;

afterEach(() => app?.close());

/** Asks for a file of these pages; the answer's body is still to be read. */
async function ask(pages: AsyncGenerator<string>, isWelcome = async () => true) {
  const ended = Promise.withResolvers<void>();
  const logger = createLogger({ name: 'api', level: 'fatal' });
  app = fastify();
  app.get('/', async (_request, reply) => {
    const limits = { silenceMs, isWelcome, lastCall: new AbortController().signal, logger, onEnd: ended.resolve };
    return download(reply, { first: await pages.next(), others: pages }, limits);
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  const port = typeof address === 'object' ? address?.port : null;
  const request = httpRequest({ host: '127.0.0.1', port, agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { response, ended: ended.promise };
}

it('begins before there is anything to hand out', async () => {
  const begun = Promise.withResolvers<void>();
  async function* pages() {
    yield '';
    await begun.promise;
    yield 'one';
  }
  const { response, ended } = await ask(pages());
  begun.resolve();
  expect(await text(response)).toBe('one');
  await ended;
});

it('takes its time while nobody is kept waiting but the reader', async () => {
  async function* pages() {
    yield 'one';
    for (let empty = 0; empty < 3; empty += 1) {
      await sleep(2 * silenceMs);
      yield '';
    }
    await sleep(2 * silenceMs);
    yield ', two';
  }
  expect(await text((await ask(pages())).response)).toBe('one, two');
});

it('breaks off before the next page when its reader may not read it any more', async () => {
  let pagesRead = 0;
  async function* pages() {
    for (;;) {
      pagesRead += 1;
      yield 'page';
    }
  }
  const { response, ended } = await ask(pages(), async () => pagesRead < 3);
  await expect(text(response)).rejects.toThrow();
  await ended;
  expect(pagesRead).toBe(3);
});
