import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

/** Files the pages are made with. The scripts are JavaScript, with types in comments, because a browser reads them as they stand. */
const sources = {
  'charts.js': { type: 'text/javascript', read: () => own('charts.js') },
  'console.css': { type: 'text/css', read: () => own('console.css') },
  'console.js': { type: 'text/javascript', read: () => own('console.js') },
  'fresh.js': { type: 'text/javascript', read: () => own('fresh.js') },
  'uplot.css': { type: 'text/css', read: () => file(import.meta.resolve('uplot/dist/uPlot.min.css')) },
  'uplot.js': { type: 'text/javascript', read: () => file(import.meta.resolve('uplot/dist/uPlot.esm.js')) },
} as const satisfies Record<string, { type: 'text/css' | 'text/javascript'; read: () => string }>;

export type AssetName = keyof typeof sources;

interface Assets {
  /** Stands in every address, so that what a browser keeps is never older than the page; one for all, so that they can name each other. */
  version: string;
  bodies: ReadonlyMap<string, { type: string; body: string }>;
}

let read: Assets | null = null;

/** Read once, with the first page. */
function assets(): Assets {
  read ??= readAssets();
  return read;
}

function readAssets(): Assets {
  const bodies = new Map(Object.entries(sources).map(([name, { type, read }]) => [name, { type, body: read() }]));
  const hash = createHash('sha256');
  for (const [name, { body }] of bodies) hash.update(`${name}\n${body}\n`);
  return { version: hash.digest('base64url').slice(0, 12), bodies };
}

/** Where the browser finds it. */
export function assetPath(name: AssetName): string {
  return `/assets/${assets().version}/${name}`;
}

const aYear = 'public, max-age=31536000, immutable';

export const assetRoute = '/assets/:version/:name';

/** Anybody may have them: they say nothing about anybody. */
export function assetRoutes(app: FastifyInstance): void {
  app.get<{ Params: { version: string; name: string } }>(assetRoute, async (request, reply) => {
    const { version, bodies } = assets();
    const asset = bodies.get(request.params.name);
    if (asset === undefined) return reply.callNotFound();
    // A page of another version of the console asks for its own files, and must not keep ours under that name.
    const cacheControl = request.params.version === version ? aYear : 'no-store';
    return reply.header('cache-control', cacheControl).type(`${asset.type}; charset=utf-8`).send(asset.body);
  });
}

function own(name: string): string {
  return file(new URL(`../../browser/${name}`, import.meta.url).href);
}

function file(address: string): string {
  return readFileSync(new URL(address), 'utf8');
}
