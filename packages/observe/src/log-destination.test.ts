import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const logger = new URL('logger.ts', import.meta.url).href;

/** What a process says that runs this, and how it ended. */
async function outputOf(code: string): Promise<{ lines: string[]; code: number }> {
  const begin = `import { createLogger } from '${logger}'; const logger = createLogger({ name: 'test', level: 'info' });`;
  const ended = await run(process.execPath, ['--input-type=module', '-e', `${begin}${code}`]).catch((error) => error);
  const lines = String(ended.stdout).split('\n').filter(Boolean);
  return { lines: lines.map((line) => JSON.parse(line).msg), code: ended.code ?? 0 };
}

it('is told of every line, in order, by a process that ends by itself', async () => {
  const said = await outputOf("for (let n = 0; n < 5000; n += 1) logger.info('line ' + n);");
  expect(said.lines).toEqual(Array.from({ length: 5000 }, (_, n) => `line ${n}`));
});

it('is told of every line by one that exits, or throws', async () => {
  expect(await outputOf("logger.info('last'); process.exit(3);")).toEqual({ lines: ['last'], code: 3 });
  expect(await outputOf("logger.info('last'); throw new Error('broken');")).toEqual({ lines: ['last'], code: 1 });
});

it('is told of a line as soon as its turn is over, while the process goes on', async () => {
  const code = "logger.info('first'); setImmediate(() => setImmediate(() => process.kill(process.pid, 'SIGKILL')));";
  expect((await outputOf(code)).lines).toEqual(['first']);
});

it('is told within a moment of what is logged right after a line, while the process goes on', async () => {
  const code =
    "logger.info('first'); setTimeout(() => { logger.info('second'); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 500); }, 1);";
  expect((await outputOf(code)).lines).toEqual(['first', 'second']);
});
