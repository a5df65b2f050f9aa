import { execFile } from 'node:child_process';
import { cp, glob, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Files that break one rule each, and the rule that has to notice. */
const broken: readonly [path: string, source: string, rule: string][] = [
  ['apps/api/src/a.ts', `export { Queue } from 'bullmq';`, 'noRestrictedImports'],
  ['apps/worker/src/a.ts', `export { Redis } from 'ioredis';`, 'noRestrictedImports'],
  ['apps/worker/src/b.test.ts', `export { Redis } from 'ioredis';`, 'noRestrictedImports'],
  ['apps/console/src/a.ts', `export { PrismaPg } from '@prisma/adapter-pg';`, 'noRestrictedImports'],
  ['packages/queue/src/a.ts', `export { PrismaPg } from '@prisma/adapter-pg';`, 'noRestrictedImports'],
  ['packages/graph/src/a.ts', `export { Pool } from 'pg';`, 'noRestrictedImports'],
  ['apps/pombo/src/a.ts', `export { Worker } from 'bullmq';`, 'noRestrictedImports'],
  ['packages/db/src/a.ts', `export { request } from 'undici';`, 'noRestrictedImports'],
  ['packages/observe/src/a.ts', `export { fastify } from 'fastify';`, 'noUndeclaredDependencies'],
  ['packages/config/src/a.ts', `export const home = process.env.HOME;`, 'noProcessEnv'],
  ['apps/api/src/b.ts', `export const home = process.env.HOME;`, 'noProcessEnv'],
  ['packages/queue/src/b.ts', `console.log('here');`, 'noConsole'],
  ['packages/domain/src/a.ts', `export * from './lane.ts';`, 'noReExportAll'],
  ['packages/domain/src/b.ts', `export function first(list: any): void {\n  list.pop();\n}`, 'noExplicitAny'],
  [
    'packages/domain/src/c.ts',
    `async function tell(): Promise<void> {}\nexport function go(): void {\n  tell();\n}`,
    'noFloatingPromises',
  ],
  [
    'packages/domain/src/d.ts',
    `async function ask(): Promise<boolean> {\n  return true;\n}\nexport function go(): number {\n  if (ask()) return 1;\n  return 2;\n}`,
    'noMisusedPromises',
  ],
  [
    'packages/domain/src/e.ts',
    `type Lane = 'now' | 'bulk';\nexport function go(lane: Lane): void {\n  switch (lane) {\n    case 'now':\n      return;\n  }\n}`,
    'useExhaustiveSwitchCases',
  ],
  [
    'packages/domain/src/f.ts',
    `import { two } from './g.ts';\nexport const one = (): number => two();`,
    'noImportCycles',
  ],
  [
    'packages/domain/src/g.ts',
    `import { one } from './f.ts';\nexport const two = (): number => one();`,
    'noImportCycles',
  ],
  ['packages/domain/src/h.ts', `import { one } from './f';\nexport const three = one;`, 'useImportExtensions'],
];

/** The same things where they are allowed: no rule may speak up. */
const sound: readonly [path: string, source: string][] = [
  [
    'packages/queue/src/sound.ts',
    `import { Queue } from 'bullmq';\nimport { Pool } from 'pg';\nexport const parts = [Queue, Pool];`,
  ],
  [
    'packages/db/src/sound.ts',
    `import { PrismaPg } from '@prisma/adapter-pg';\nimport { Pool } from 'pg';\nexport const parts = [PrismaPg, Pool];`,
  ],
  ['packages/graph/src/sound.ts', `import { request } from 'undici';\nexport const call = request;`],
  ['apps/api/src/main.ts', `export const home = process.env.HOME;`],
  ['test/integration/sound.ts', `import { Queue } from 'bullmq';\nexport const home = [Queue, process.env.HOME];`],
];

/** Imports that cross a boundary between workspaces, and what is said about them. */
const crossings: readonly [path: string, source: string, complaint: string][] = [
  ['apps/api/src/x.ts', `export { x } from '@pombo/worker/x.ts';`, 'cannot import package `@pombo/worker`'],
  ['apps/worker/src/x.ts', `export { x } from '../../api/src/a.ts';`, 'import `../../api/src/a.ts` leaves the package'],
  ['packages/domain/src/x.ts', `export { x } from '@pombo/db/x.ts';`, 'cannot import package `@pombo/db`'],
];

/** Dependencies that a package.json may not even declare. */
const declarations: readonly [workspace: string, dependency: string][] = [
  ['apps/console', 'api'],
  ['packages/domain', 'observe'],
  ['packages/config', 'domain'],
  ['packages/graph', 'observe'],
  ['packages/queue', 'db'],
];

let house: string;

beforeAll(async () => {
  house = await copyOfTheRules();
});

afterAll(() => rm(house, { recursive: true, force: true }));

describe('biome', () => {
  let complaints: { path: string; rule: string }[];

  beforeAll(async () => {
    await put([...broken, ...sound]);
    complaints = complaintsIn(
      await tool('@biomejs/biome/bin/biome', 'lint', '--reporter=github', '--max-diagnostics=none'),
    );
  });

  afterAll(() => Promise.all([...broken, ...sound].map(([path]) => rm(join(house, path)))));

  it.each(broken.map(([path, , rule]) => [path, rule]))('%s is refused by %s', (path, rule) => {
    expect(complaints).toContainEqual({ path, rule });
  });

  it.each(sound.map(([path]) => [path]))('%s is accepted', (path) => {
    expect(complaints.filter((complaint) => complaint.path === path)).toEqual([]);
  });
});

describe('turbo boundaries', () => {
  it('accepts the house as it stands', async () => {
    expect((await boundaries()).failed).toBe(false);
  });

  it.each(crossings)('%s may not say %s', async (path, source, complaint) => {
    await put([[path, source]]);
    const { failed, words } = await boundaries();
    await rm(join(house, path));
    expect(failed).toBe(true);
    expect(words).toContain(squeezed(complaint));
  });

  it.each(declarations)('%s may not declare @pombo/%s', async (workspace, dependency) => {
    const restore = await declare(workspace, `@pombo/${dependency}`);
    const { failed, words } = await boundaries();
    await restore();
    expect(failed).toBe(true);
    const dependent = workspace.split('/')[1];
    expect(words).toContain(
      squeezed(
        `Package \`@pombo/${dependency}\` found without any tag listed in allowlist for \`@pombo/${dependent}\``,
      ),
    );
  });
});

describe('the compiler', () => {
  it.each([
    ['an enum', `export enum Lane {\n  now,\n}`, 'TS1294'],
    ['an index nobody checked', `export const first = (list: string[]): string => list[0];`, 'TS2322'],
    ['an import of a type as a value', `import { Lane } from './lane.ts';\nexport type L = Lane;`, 'TS1484'],
  ])('refuses %s', async (_what, source, code) => {
    const path = 'packages/domain/src/compiled.ts';
    await put([[path, source]]);
    const { failed, output } = await tool('typescript/bin/tsc', '--noEmit');
    expect(failed).toBe(true);
    expect(output).toMatch(new RegExp(`^${path}.*${code}`, 'm'));
  });
});

describe('knip', () => {
  it('finds what nobody uses', async () => {
    await put([
      ['packages/domain/src/idle.ts', 'export const idle = 1;'],
      ['test/support/idle.ts', 'export const idle = 2;'],
    ]);
    await declare('packages/domain', 'dataloader');
    const { failed, output } = await tool('knip/bin/knip.js', '--no-progress');
    expect(failed).toBe(true);
    expect(output).toMatch(/^idle +packages\/domain\/src\/idle\.ts/m);
    expect(output).toMatch(/^test\/support\/idle\.ts/m);
    expect(output).toMatch(/^dataloader +packages\/domain\/package\.json/m);
  });
});

/**
 * npm refuses to install from a lock file that leaves out another platform's build of a package, and writes such a
 * lock file itself where a registry does not have that build.
 */
it('the lock file names every platform of every package that has several', async () => {
  const { packages }: LockFile = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const wanted = Object.values(packages)
    .filter((entry) => !entry.optional)
    .flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  const named = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
  expect(wanted.length).toBeGreaterThan(0);
  expect(wanted.filter((name) => !named.has(name))).toEqual([]);
});

interface LockFile {
  packages: Record<string, { optional?: boolean; optionalDependencies?: Record<string, string> }>;
}

/** A folder with every rule of the house and none of its code but one harmless file. */
async function copyOfTheRules(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'pombo-rules-'));
  const rules = glob(
    ['*.json', '*.config.ts', '.gitignore', '{apps,packages}/*/{package,turbo}.json', 'packages/domain/src/lane.ts'],
    { cwd: root },
  );
  for await (const path of rules) await cp(join(root, path), join(copy, path));
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function put(files: readonly (readonly [path: string, source: string, ...rest: unknown[]])[]): Promise<void> {
  for (const [path, source] of files) {
    await mkdir(dirname(join(house, path)), { recursive: true });
    await writeFile(join(house, path), `${source}\n`);
  }
}

/** Adds a dependency to a workspace's package.json. Returns how to take it back. */
async function declare(workspace: string, dependency: string): Promise<() => Promise<void>> {
  const path = join(house, workspace, 'package.json');
  const before = await readFile(path, 'utf8');
  const manifest = JSON.parse(before);
  await writeFile(
    path,
    JSON.stringify({ ...manifest, dependencies: { ...manifest.dependencies, [dependency]: '0.1.0' } }),
  );
  return () => writeFile(path, before);
}

function tool(script: string, ...options: string[]): Promise<{ failed: boolean; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'node_modules', script), ...options],
      { cwd: house, maxBuffer: 16 * 2 ** 20, env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' } },
      (error, stdout, stderr) => resolve({ failed: error !== null, output: stdout + stderr }),
    );
  });
}

/** Turbo breaks its lines in the middle of names, so its words are compared without any space. */
async function boundaries(): Promise<{ failed: boolean; words: string }> {
  const { failed, output } = await tool('turbo/bin/turbo', 'boundaries');
  return { failed, words: squeezed(output) };
}

function squeezed(text: string): string {
  return text.replaceAll(/[\s|]/g, '');
}

function complaintsIn({ output }: { output: string }): { path: string; rule: string }[] {
  return [...output.matchAll(/title=lint\/\w+\/(\w+),file=([^,]+),/g)].map(([, rule = '', file = '']) => ({
    path: relative(house, file),
    rule,
  }));
}
