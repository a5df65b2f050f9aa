import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { run } from './program.ts';

process.exitCode = await run({
  env: process.env,
  words: process.argv.slice(2),
  house: join(import.meta.dirname, '..', '..', '..'),
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  readStdin: () => text(process.stdin),
});
