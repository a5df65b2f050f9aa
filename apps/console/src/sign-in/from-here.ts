/** What a browser says about where a request was started, and where it went. */
export interface RequestOrigin {
  /** `Sec-Fetch-Site`, which no page can set. Browsers send it over https and to loopback. */
  site: string | undefined;
  /** `Origin`, which browsers send with every POST. */
  origin: string | undefined;
  /** The address that was asked for, port included. */
  host: string;
}

/** Whether a page of ours started the request. What says nothing about it was not started by a browser, and is refused. */
export function isFromHere({ site, origin, host }: RequestOrigin): boolean {
  // The browser has compared the whole origin, also where a proxy hands on another host name than was asked for.
  if (site !== undefined) return site === 'same-origin';
  return origin !== undefined && URL.parse(origin)?.host === host;
}
