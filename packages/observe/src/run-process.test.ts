import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';

const modules = {
  run: new URL('./run-process.ts', import.meta.url).href,
  log: new URL('./logger.ts', import.meta.url).href,
};
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A real process whose `start` has this body. `says(words)` waits until it has printed them. */
function run(body: string, { deadlineMs = 5000, level = 'info' } = {}) {
  const source = `
    import { runProcess } from '${modules.run}';
    import { createLogger } from '${modules.log}';
    const logger = createLogger({ name: 'test', level: '${level}', pretty: false });
    await runProcess({ name: 'test', logger, deadlineMs: ${deadlineMs}, start: async (stops) => { ${body} } });
  `;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const printed = { out: '', err: '' };
  child.stdout.on('data', (part: Buffer) => (printed.out += part));
  child.stderr.on('data', (part: Buffer) => (printed.err += part));
  const closed = once(child, 'close');
  const says = async (words: string) => {
    while (!printed.out.includes(words))
      await Promise.race([once(child.stdout, 'data'), closed.then(() => gone(words))]);
  };
  const gone = (words: string): never => {
    throw new Error(`the process ended without saying "${words}": ${printed.out}${printed.err}`);
  };
  const ended = async () => {
    const [code] = await closed;
    return { code, ...printed };
  };
  return { child, says, ended };
}

const keepsRunning = 'setInterval(() => {}, 1000);';

it.each(['SIGTERM', 'SIGINT'] as const)('on %s stops in reverse and exits 0', async (signal) => {
  const { child, says, ended } = run(`
    stops.add('database', () => logger.info('database closed'));
    stops.add('listener', async () => { await null; logger.info('listener closed'); });
    ${keepsRunning}
  `);
  await says('test is up');
  child.kill(signal);
  const { code, out } = await ended();
  expect(code).toBe(0);
  expect(out.indexOf('listener closed')).toBeGreaterThan(out.indexOf('test is stopping'));
  expect(out.indexOf('database closed')).toBeGreaterThan(out.indexOf('listener closed'));
});

it('exits 1 and names the step when one is still at it at the deadline', async () => {
  const { child, says, ended } = run(
    `stops.add('database', () => logger.info('database closed'));
     stops.add('drain', () => new Promise(() => {})); ${keepsRunning}`,
    { deadlineMs: 30 },
  );
  await says('test is up');
  child.kill('SIGTERM');
  const { code, out } = await ended();
  expect(code).toBe(1);
  expect(out).toContain('drain did not stop');
  expect(out).toContain('database closed');
});

it('exits at once on a second signal', async () => {
  const { child, says, ended } = run(
    `stops.add('drain', () => { logger.info('draining'); return new Promise(() => {}); }); ${keepsRunning}`,
    { deadlineMs: 600_000 },
  );
  await says('test is up');
  child.kill('SIGTERM');
  await says('draining');
  child.kill('SIGTERM');
  expect((await ended()).code).toBe(1);
});

it('can be stopped while it is still starting', async () => {
  const { child, says, ended } = run(`
    stops.add('database', () => logger.info('database closed'));
    logger.info('waiting for the queue');
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  `);
  await says('waiting for the queue');
  child.kill('SIGTERM');
  const { code, out } = await ended();
  expect(code).toBe(0);
  expect(out).toContain('database closed');
  expect(out).not.toContain('test is up');
});

it('says in one sentence why it does not start, undoes what it had started, and exits 1', async () => {
  const { ended } = run(`
    stops.add('database', () => logger.info('database closed'));
    throw new Error('cannot reach postgresql://pombo:hush@127.0.0.1:1/x');
  `);
  const { code, out, err } = await ended();
  expect(code).toBe(1);
  expect(err).toBe('pombo test does not start: cannot reach postgresql://pombo:[removed]@127.0.0.1:1/x\n');
  expect(out).toContain('database closed');
  expect(out).not.toContain('    at ');
});

it('shows where the start failed when asked for detail', async () => {
  const { out } = await run(`throw new Error('no');`, { level: 'debug' }).ended();
  expect(out).toContain('where the start failed');
  expect(out).toContain('"stack"');
});

it.each([
  ['an exception', `setTimeout(() => { throw new Error('lost tsid=abcdefghij'); }, 1);`],
  ['a rejection', `void Promise.reject(new Error('lost tsid=abcdefghij'));`],
])('logs %s nobody caught, without its secrets, and exits 1', async (_what, body) => {
  const { code, out } = await run(body + keepsRunning).ended();
  expect(code).toBe(1);
  expect(out).toContain('"level":60');
  expect(out).toContain('lost tsid=[removed]');
});
