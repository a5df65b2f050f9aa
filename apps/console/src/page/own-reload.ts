const mark = 'reload';

/** The address under which a page asks for itself again; of that one it is the same. */
export function ownReloadOf(address: string): string {
  const [, query = ''] = address.split('?');
  if (new URLSearchParams(query).has(mark)) return address;
  return `${address}${address.includes('?') ? '&' : '?'}${mark}`;
}

/**
 * Whether a page has asked for itself, and nobody need sit before it. A person who reloads the same address says so by
 * `Sec-Fetch-User`.
 */
export function isOwnReload(query: unknown, secFetchUser: string | undefined): boolean {
  return typeof query === 'object' && query !== null && mark in query && secFetchUser === undefined;
}
