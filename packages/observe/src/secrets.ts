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

/**
 * Each pattern keeps what names the secret (its first group) and loses the secret. Only a text that has one of its signs is
 * searched: most log lines have none of most of them, and looking for a word is many times as fast.
 */
const patterns: readonly { signs: readonly string[]; pattern: RegExp }[] = [
  // Page and user access tokens of Meta, wherever they stand.
  { signs: ['EAA'], pattern: /()\bEAA[A-Za-z0-9_-]{6,}/g },
  // App access tokens: the app's id, a bar, its secret.
  { signs: ['|', '%7C', '%7c'], pattern: /(\b\d{5,}(?:\||%7C))[A-Za-z0-9_-]{16,}/gi },
  // The header's schemes.
  {
    signs: ['Bearer', 'Basic', 'OAuth'],
    pattern: /(\b(?:Bearer|Basic|OAuth)\s+)[A-Za-z0-9._~+/|=-]{6,}/g,
  },
  // user:password@host in a URL.
  { signs: ['://'], pattern: /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']*:)[^\s/@"']+(?=@)/gi },
  // name=value in a query or a form; the value may hold encoded spaces but no plain ones.
  { signs: ['='], pattern: new RegExp(String.raw`((?:^|[^A-Za-z0-9])(?:${anyName})=)[^&\s"'#\\]+`, 'gi') },
  // "name":"value" in JSON.
  { signs: ['"'], pattern: new RegExp(String.raw`("(?:${anyName})"\s*:\s*")(?:[^"\\]|\\.)+`, 'gi') },
  // The same in JSON that was quoted once more: \" ends the value there, and \\\" is a quote inside it.
  {
    signs: ['\\"'],
    pattern: new RegExp(String.raw`(\\"(?:${anyName})\\"\s*:\s*\\")(?:[^"\\]|\\\\(?:\\.|[^\\"])|\\[^"\\])+`, 'gi'),
  },
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
  return patterns.reduce(
    (rest, { signs, pattern }) =>
      signs.some((sign) => rest.includes(sign)) ? rest.replace(pattern, `$1${removed}`) : rest,
    withoutKnown,
  );
}
