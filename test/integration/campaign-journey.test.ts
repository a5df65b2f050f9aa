import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, type House, openHouse } from '../support/house.ts';
import { runPombo } from '../support/pombo-command.ts';

/** Graph's words for a person who is gone, and no answer one can trust: recipients the simulator always treats so. */
const gone = '1000000000000551';
const mystery = '1000000000000001';

describe.each<Backend>(['redis', 'postgres'])('a campaign from the command line to Graph and back on %s', (backend) => {
  let house: House | null;
  let api = '';

  beforeAll(async () => {
    house = await openHouse({ backend, latency: 20 });
    if (!house) return;
    const [door] = await Promise.all([house.startApi(), house.startWorker(), house.startWorker()]);
    api = door.url;
  });
  afterAll(() => house?.stop());

  async function pombo<Answer>(words: string, input: string | Buffer = ''): Promise<Answer> {
    const account = ['--tsid', house?.tsid ?? '', '--api', api, '--json'];
    const { code, out, err } = await runPombo(['campaign', ...words.split(' '), ...account], {}, input);
    expect({ words, code, err }).toEqual({ words, code: 0, err: '' });
    return JSON.parse(out.trim().split('\n').at(-1) ?? '');
  }

  it('adds a list, looks at it, starts, watches to the end, and has everybody in the results', async ({ skip }) => {
    if (!house) return skip();
    const line = await house.addLine(0);
    const { id } = await pombo<{ id: number }>(
      `create --name news --line ${line} --mdata Hello,{{name}} --default name=you`,
    );
    const people = Array.from({ length: 300 }, (_, n) => `${5_550_000 + n},${n % 2 ? `Ana${n}` : ''}`);
    const list = ['dest,name', ...people, people[0], 'nobody,x', `${gone},`, `${mystery},`].join('\n');
    const added = await pombo(`add ${id} - --format csv --gzip --upload-id one`, gzipSync(list));
    expect(added).toMatchObject({ complete: true, rows: 304, recipients: 303, duplicates: 1, bad: 0 });
    expect(await pombo(`dry-run ${id}`)).toMatchObject({
      sendable: 302,
      refused: [{ reason: 'not a PSID: these are digits', count: 1, example: { dest: 'nobody' } }],
    });
    expect(await pombo(`preview ${id} --row 2`)).toMatchObject({ mdata: 'Hello,Ana1' });

    expect(await pombo(`start ${id} --watch`)).toMatchObject({ state: 'finished', recipients: 303 });
    expect(await pombo(`show ${id}`)).toMatchObject({
      state: 'finished',
      counts: { sent: 300, failed: 1, unknown: 1, invalid: 1, waiting: 0, queued: 0, sending: 0 },
      reasons: expect.arrayContaining([expect.objectContaining({ code: '551/1545041', count: 1 })]),
    });
    const seen = house.simulator.ledger.entries().filter(({ dest }) => dest.startsWith('555'));
    expect(new Set(seen.map(({ dest }) => dest)).size).toBe(300);
    expect(seen).toHaveLength(300);
    expect(seen.find(({ dest }) => dest === '5550000')?.text).toBe('Hello,you');

    const failed = await pombo<{ dest: string }>(`export ${id} --format ndjson --state failed`);
    expect(failed).toMatchObject({ psid: gone, state: 'failed' });
  });
});
