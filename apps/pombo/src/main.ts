import { join } from 'node:path';
import { onInterrupt } from './interrupts.ts';
import { run } from './program.ts';

// Whoever read our output has gone, as `head` does: nobody is left to tell, and that is not our failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run({
  env: process.env,
  words: process.argv.slice(2),
  house: join(import.meta.dirname, '..', '..', '..'),
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  prompt: (question) => void process.stderr.write(question),
  stdin: process.stdin,
  stdout: process.stdout,
  onInterrupt,
});
