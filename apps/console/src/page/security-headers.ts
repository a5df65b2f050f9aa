/** Styles, scripts and answers of our own and nothing else: no inline script, no frame, no foreign host. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** For bull-board's pages, which are not ours and name their files from a base. Still nothing of another host, and no script but theirs. */
export const boardSecurityPolicy = [
  "default-src 'none'",
  // The one style it puts into its pages, by what is in it: another version of it has another.
  "style-src 'self' 'sha256-r2N1TB/gHbBtBZFKg7ejmq1acVSREzucTAEw6ga4hoU='",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "form-action 'none'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** What every answer tells the browser: nothing is kept, framed, guessed, or shared with another site. */
const always = {
  'cache-control': 'no-store',
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  // With `no-referrer` browsers would hide from us where a form was posted from.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
} as const;

const behindTls = { 'strict-transport-security': 'max-age=31536000' } as const;

export function securityHeaders(secure: boolean): Record<string, string> {
  return secure ? { ...always, ...behindTls } : always;
}
