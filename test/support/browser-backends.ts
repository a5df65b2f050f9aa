import type { Backend } from './house.ts';

/** `npm test` opens each page on one queue backend, `npm run test:browser` on both: what a page asks is nearly all in PostgreSQL. */
export function browserBackends(short: Backend): Backend[] {
  return process.env.POMBO_BROWSER === 'long' ? ['redis', 'postgres'] : [short];
}
