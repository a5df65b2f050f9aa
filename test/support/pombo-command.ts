import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { run } from '../../apps/pombo/src/program.ts';

const house = join(import.meta.dirname, '..', '..');
const pombo = join(house, 'apps', 'pombo', 'pombo.mjs');

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/**
 * Runs a command to its end, in this process: what `main.ts` does, without a new Node for each. Nothing of our
 * environment reaches it but what is given.
 */
export async function runPombo(
  words: readonly string[],
  env: Record<string, string>,
  input: string | Buffer = '',
): Promise<Ran> {
  const said: Buffer[] = [];
  const complained: string[] = [];
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      said.push(Buffer.from(chunk));
      done();
    },
  });
  const code = await run({
    env,
    words,
    house,
    out: (line) => void said.push(Buffer.from(`${line}\n`)),
    err: (line) => void complained.push(`${line}\n`),
    prompt: (question) => void complained.push(question),
    stdin: Readable.from(input.length === 0 ? [] : [Buffer.from(input)]),
    stdout,
    onInterrupt() {},
  });
  return { code, out: Buffer.concat(said).toString(), err: complained.join('') };
}

/** The same as its own process. */
export async function spawnPombo(
  words: readonly string[],
  env: Record<string, string>,
  input: string | Buffer = '',
): Promise<Ran> {
  const child = spawn(process.execPath, [pombo, ...words], { cwd: house, env: bare(env) });
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, err };
}

/** Starts a command that stays; its output goes through `onText`. */
export function startPombo(
  words: readonly string[],
  env: Record<string, string>,
  onText: (text: string) => void,
): ChildProcess {
  const child = spawn(process.execPath, [pombo, ...words], {
    cwd: house,
    env: bare(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.on('data', (chunk) => onText(String(chunk)));
  child.stderr?.on('data', (chunk) => onText(String(chunk)));
  return child;
}

function bare(env: Record<string, string>): Record<string, string> {
  return { PATH: process.env.PATH ?? '', ...env };
}
