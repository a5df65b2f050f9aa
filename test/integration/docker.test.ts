import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, glob, lstat, mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settings } from '@pombo/config/settings.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');

/** What each service of ours runs, after `node`. */
const commands = [...compose.matchAll(/command: \[node, ([^\]]+)\]/g)].map(([, list = '']) => list.split(', '));

let image: string;

beforeAll(async () => {
  image = await folderLikeTheImage();
});

afterAll(() => rm(image, { recursive: true, force: true }));

const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
if (!hasCompose)
  console.warn('\n!!! no "docker compose" here: nobody asks Docker itself whether docker-compose.yml is sound\n');

it.skipIf(!hasCompose)('is a compose file that Docker accepts, and insists on its secrets', () => {
  const config = (env: Record<string, string>) =>
    spawnSync('docker', ['compose', '--env-file', '/dev/null', '--profile', '*', 'config', '--quiet'], {
      cwd: root,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      encoding: 'utf8',
    });
  const secrets = { SEAL_KEY: 'x', ADMIN_TOKEN: 'x', POSTGRES_PASSWORD: 'x' };
  expect(config(secrets)).toMatchObject({ status: 0, stderr: '' });
  for (const name of Object.keys(secrets)) {
    const without = config({ ...secrets, [name]: '' });
    expect(without.status).not.toBe(0);
    expect(without.stderr).toContain(`set ${name} in .env`);
  }
});

it('gives the processes only settings that exist', () => {
  const known: string[] = Object.values(settings).map((row) => row.env);
  const used = [...compose.matchAll(/^ +([A-Z][A-Z_]+):/gm)].map(([, name]) => name);
  expect(used.filter((name) => !name?.startsWith('POSTGRES_'))).not.toEqual([]);
  expect(used.filter((name) => name && !name.startsWith('POSTGRES_') && !known.includes(name))).toEqual([]);
});

it('installs the dependencies of every workspace', async () => {
  for await (const manifest of glob('{apps,packages}/*/package.json', { cwd: root })) {
    expect(dockerfile).toContain(`COPY ${manifest} `);
  }
});

it('runs api, worker, console, simulator and migrate', () => {
  expect(commands.map(([script]) => script).sort()).toEqual([
    'apps/api/src/main.ts',
    'apps/console/src/main.ts',
    'apps/graph-simulator/src/main.ts',
    'apps/pombo/pombo.mjs',
    'apps/worker/src/main.ts',
  ]);
});

/** A process that gets as far as refusing its settings has loaded every module it is made of. */
it.each(commands.map((command) => [command.join(' ')]))('has all that %s needs to start', async (command) => {
  const { code, output } = await runInImage(command.split(' '));
  expect(output).toMatch(/DATABASE_URL|SIMULATOR_PORT/);
  expect(output).not.toContain('ERR_MODULE_NOT_FOUND');
  expect(code).toBe(1);
});

function runInImage(command: string[]): Promise<{ code: unknown; output: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, SIMULATOR_PORT: 'none' };
    execFile(process.execPath, command, { cwd: image, env, timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    );
  });
}

/** Our files as the Dockerfile copies them, and beside them only the packages a production install keeps. */
async function folderLikeTheImage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pombo-image-'));
  for (const part of ['package.json', 'prisma.config.ts', 'prisma', 'apps', 'packages']) {
    await cp(join(root, part), join(folder, part), { recursive: true, filter: isCopied });
  }
  await linkProductionPackages(folder);
  return folder;
}

function isCopied(path: string): boolean {
  return !path.endsWith('.test.ts') && !path.includes('/node_modules');
}

async function linkProductionPackages(folder: string): Promise<void> {
  const lock: { packages: Record<string, { dev?: boolean; link?: boolean; optional?: boolean }> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  for (const [path, entry] of Object.entries(lock.packages)) {
    const nested = path.lastIndexOf('node_modules/') > path.indexOf('node_modules/');
    if (!path.includes('node_modules/') || nested || entry.dev || entry.optional || !(await isThere(join(root, path))))
      continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    // Workspaces are links already: they must lead into this folder, not back into the clone.
    const target = await realpath(join(root, path));
    await symlink(entry.link ? join(folder, target.slice(root.length)) : target, join(folder, path));
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
