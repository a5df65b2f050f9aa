/** What stands where a secret stood. */
export const removed = '[removed]';

/**
 * Names under which secrets and message text travel: in queries, forms, JSON and log objects.
 * `text` and `mdata` are what was said to a person, which is nobody's business in a log.
 */
export const secretNames = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'tsid',
  'sid',
  'password',
  'token',
  'access_token',
  'verify_token',
  'input_token',
  'client_secret',
  'app_secret',
  'appsecret_proof',
  'admin_token',
  'seal_key',
  'mdata',
  'mcaption',
  'text',
] as const;

const anyName = secretNames.join('|');

/** Each pattern keeps what names the secret (its first group) and loses the secret. */
const patterns: readonly RegExp[] = [
  // Page and user access tokens of Meta, wherever they stand.
  /()\bEAA[A-Za-z0-9_-]{6,}/g,
  // App access tokens: the app's id, a bar, its secret.
  /(\b\d{5,}(?:\||%7C))[A-Za-z0-9_-]{16,}/gi,
  // The header's schemes.
  /(\b(?:Bearer|Basic|OAuth)\s+)[A-Za-z0-9._~+/|=-]{6,}/g,
  // user:password@host in a URL.
  /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']*:)[^\s/@"']+(?=@)/gi,
  // name=value in a query or a form; the value may hold encoded spaces but no plain ones.
  new RegExp(String.raw`((?:^|[^A-Za-z0-9])(?:${anyName})=)[^&\s"'#\\]+`, 'gi'),
  // "name":"value" in JSON.
  new RegExp(String.raw`("(?:${anyName})"\s*:\s*")(?:[^"\\]|\\.)+`, 'gi'),
  // The same in JSON that was quoted once more: \" ends the value there, and \\\" is a quote inside it.
  new RegExp(String.raw`(\\"(?:${anyName})\\"\s*:\s*\\")(?:[^"\\]|\\\\(?:\\.|[^\\"])|\\[^"\\])+`, 'gi'),
];

/**
 * The same text without secrets: access tokens, credentials in headers, URLs, queries and JSON, and the values in
 * `known` (say, the token of the line at hand). Pure. Values of `known` shorter than 4 characters are left alone,
 * because removing them would remove half of the language.
 */
export function removeSecrets(text: string, known: readonly string[] = []): string {
  const withoutKnown = known
    .filter((secret) => secret.length >= 4)
    .reduce((rest, secret) => rest.replaceAll(secret, removed), text);
  return patterns.reduce((rest, pattern) => rest.replace(pattern, `$1${removed}`), withoutKnown);
}
