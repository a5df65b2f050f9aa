/**
 * Behind TLS the name begins with `__Host-`: browsers then take the cookie only with Secure and Path=/ and without a
 * domain, so that no other host of the same domain can plant one.
 */
function nameOf(secure: boolean): string {
  return secure ? '__Host-pombo' : 'pombo';
}

/**
 * Out of reach of scripts. Lax, not Strict: a link to the console in an alarm or a chat opens the page instead of asking
 * for a sign-in, and what another site posts comes without it all the same.
 */
export function sessionCookie(sessionId: string, secure: boolean, maxAgeSeconds: number): string {
  const marks = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}`;
  return `${nameOf(secure)}=${sessionId}; ${marks}${secure ? '; Secure' : ''}`;
}

/** The browser forgets it. */
export function noSessionCookie(secure: boolean): string {
  return sessionCookie('', secure, 0);
}

/** Null when there is none. One that was set over http does not count behind TLS. */
export function sessionIdIn(header: string | undefined, secure: boolean): string | null {
  const name = nameOf(secure);
  const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([key]) => key === name)?.[1] || null;
}
