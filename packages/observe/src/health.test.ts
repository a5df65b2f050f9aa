import { expect, it } from 'vitest';
import { answerHealth, readyWhen } from './health.ts';

it('is ready when every check answers', async () => {
  const ready = readyWhen({ database: async () => 1, queue: async () => 'PONG' });
  expect(await answerHealth('/readyz', ready)).toEqual({ statusCode: 200, body: { status: 'ready' } });
});

it('names what fails and what does not answer in time', async () => {
  const ready = readyWhen(
    {
      database: () => Promise.reject(new Error('connection refused by postgresql://u:hush@h/d')),
      queue: () => new Promise(() => {}),
      stopping: () => {
        throw new Error('yes');
      },
      fine: async () => {},
    },
    10,
  );
  expect(await answerHealth('/readyz', ready)).toEqual({
    statusCode: 503,
    body: {
      status: 'not ready',
      reasons: [
        'database: connection refused by postgresql://u:[removed]@h/d',
        'queue: no answer within 10 ms',
        'stopping: yes',
      ],
    },
  });
});

it('bounds a question that never comes back', async () => {
  const answer = await answerHealth('/readyz', () => new Promise(() => {}), 1);
  expect(answer?.statusCode).toBe(503);
});

it('is alive without asking anybody, and knows no other path', async () => {
  const never = () => Promise.reject(new Error('not to be asked'));
  expect(await answerHealth('/healthz', never)).toEqual({ statusCode: 200, body: { status: 'alive' } });
  expect(await answerHealth('/', never)).toBeNull();
});
