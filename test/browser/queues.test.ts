import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ConsoleHouse, excessWidth, openConsoleHouse } from '../support/console-house.ts';

describe.each(['postgres', 'redis'] as const)('the room of the queues, on %s', (backend) => {
  let rooms: ConsoleHouse | null;

  beforeAll(async () => {
    rooms = await openConsoleHouse(backend);
  }, 120_000);
  afterAll(() => rooms?.stop());
  // Among them whatever it asked of another host.
  afterEach(() => expect(rooms?.complaints ?? []).toEqual([]));

  it('shows both lanes and what waits in them, and offers nothing that would change it', async ({ skip }) => {
    if (!rooms) return skip();
    const { house, url } = rooms;
    await house.queue.enqueue(
      'bulk',
      [1, 2, 3, 4].map((n) => ({ messageId: String(n), release: 1, afterMs: n < 3 ? 0 : 3_600_000 * n })),
    );
    const page = await rooms.visit('root', 'admin');
    await page.getByRole('link', { name: 'Queues' }).click();
    await page.getByText('pombo-now').first().waitFor();
    await page.getByText('3 Jobs').first().waitFor();
    await page.goto(`${url}/queues/queue/pombo-bulk?status=delayed`);
    await page.getByText('m-3-1').first().waitFor();
    await page.getByText('m-4-1').first().waitFor();
    expect(await page.getByText('m-1-1').count()).toBe(0);
    const message = page.getByRole('link', { name: 'Message 3' }).first();
    expect(await message.getAttribute('href')).toBe('/messages/3');
    await page.goto(`${url}/queues/queue/pombo-bulk?status=waiting`);
    const messages = page.getByRole('link', { name: 'Message 1 and 1 more' }).first();
    expect(await messages.getAttribute('href')).toBe('/messages/1');
    for (const words of [/pause/i, /retry/i, /promote/i, /clean/i, /obliterate/i, /add job/i])
      expect(await page.getByRole('button', { name: words }).count()).toBe(0);

    await page.goto(`${url}/queues/queue/pombo-bulk/m-3-1`);
    await page.getByText('3-1').first().waitFor();
    await page.setViewportSize({ width: 380, height: 800 });
    expect(await excessWidth(page)).toBe(0);
  });

  it('changes nothing, whoever asks, from its own pages or elsewhere', async ({ skip }) => {
    if (!rooms) return skip();
    const { house, url } = rooms;
    const page = await rooms.visit('mara', 'admin');
    await page.goto(`${url}/queues`);
    const before = await house.queue.depth();
    const statuses = await page.evaluate(async () => {
      const asked = [
        ['PUT', '/queues/api/queues/pombo-bulk/pause'],
        ['PUT', '/queues/api/queues/pombo-bulk/obliterate'],
        ['POST', '/queues/api/queues/pombo-bulk/add'],
        ['DELETE', '/queues/api/queues/pombo-bulk/m-1-1'],
      ] as const;
      return Promise.all(asked.map(async ([method, path]) => (await fetch(path, { method })).status));
    });
    expect(statuses).toEqual([405, 405, 405, 405]);
    expect(await house.queue.depth()).toEqual(before);
  });

  it('sees the workers of each lane', async ({ skip }) => {
    if (!rooms) return skip();
    const page = await rooms.visit('zoe', 'viewer');
    await page.goto(`${rooms.url}/queues`);
    await page.getByText('No workers').first().waitFor();
    await rooms.house.startWorker();
    await expect
      .poll(
        async () => {
          await page.reload();
          await page.getByText('pombo-now').first().waitFor();
          return page.getByText('No workers').count();
        },
        { timeout: 20_000, interval: 1_000 },
      )
      .toBe(0);
  });

  it('asks a stranger to sign in', async ({ skip }) => {
    if (!rooms) return skip();
    const page = await rooms.visit('tess', 'viewer');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Password').waitFor();
    await page.goto(`${rooms.url}/queues`);
    await page.getByLabel('Password').waitFor();
    expect(await page.content()).not.toContain('pombo-now');
  });
});
