import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const house = join(import.meta.dirname, '..', '..');
const pombo = join(house, 'apps', 'pombo', 'pombo.mjs');

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the command line as its own process, to its end. Nothing of our environment reaches it but what is given. */
export async function runPombo(
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
