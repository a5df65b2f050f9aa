const mark = 'reload';

/** The address under which a page loads itself again. */
export function ownReloadOf(path: string): string {
  return `${path}?${mark}`;
}

/**
 * Whether a page has loaded itself, and nobody need sit before it. A person who reloads the same address says so by
 * `Sec-Fetch-User`.
 */
export function isOwnReload(query: unknown, secFetchUser: string | undefined): boolean {
  return typeof query === 'object' && query !== null && mark in query && secFetchUser === undefined;
}
