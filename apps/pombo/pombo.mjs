#!/usr/bin/env node
// Plain JavaScript: another Node must be able to read this file far enough to be told that it is the wrong one.
const major = Number(process.versions.node.split('.')[0]);
if (major === 24) {
  // Without a build step every start would strip and compile every file again: it takes twice as long. Where nothing
  // can be written, nothing is kept.
  const [{ enableCompileCache }, { join }] = await Promise.all([import('node:module'), import('node:path')]);
  enableCompileCache(join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'pombo'));
  await import('./src/main.ts');
} else {
  process.stderr.write(
    `Pombo runs on Node 24, and this is ${process.version}: run it with \`npx pombo\` or \`npm start\` after \`npm ci\`, which bring it, or install Node 24.\n`,
  );
  process.exitCode = 1;
}
