// Writes Prisma's client into src/generated. Runs after every `npm ci`, perhaps still on another Node than ours, so it
// is plain JavaScript, and it downloads nothing: the client is made by WebAssembly that is already in the package.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const house = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const generated = join(house, 'packages', 'db', 'src', 'generated', 'client.ts');

process.exitCode = main();

function main() {
  const prisma = findPrisma();
  if (prisma === null && existsSync(generated)) return 0;
  if (prisma === null) {
    return refuse(
      'there is no Prisma client yet and the package that makes it is not installed: run `npm ci` without --omit=dev once.',
    );
  }
  const run = spawnSync(process.execPath, [prisma, 'generate', '--no-hints'], {
    cwd: house,
    encoding: 'utf8',
    env: {
      ...process.env,
      // Prisma looks for its engine binary before it does anything, and downloads it when it finds none.
      // Generating never runs it, so any file that exists will do.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  });
  if (run.status === 0) return 0;
  const said = [run.error?.message, run.stderr, run.stdout].filter(Boolean).join('\n').trim();
  return refuse(`\`prisma generate\` failed on Node ${process.version}.\n${said}`);
}

function findPrisma() {
  const require = createRequire(import.meta.url);
  try {
    const manifest = require.resolve('prisma/package.json');
    return join(dirname(manifest), require(manifest).bin.prisma);
  } catch {
    return null;
  }
}

function refuse(sentence) {
  process.stderr.write(`Pombo's database client could not be made: ${sentence}\n`);
  return 1;
}
