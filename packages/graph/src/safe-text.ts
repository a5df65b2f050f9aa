const longest = 1000;
/** A message that says "hi" must not tear every "this" apart; four digits may already be somebody's code. */
const shortestSecret = 4;

/** Page access tokens begin with EAA; proofs and app secrets are long runs of hex; the rest are the places tokens travel in. */
const secretShapes: readonly [RegExp, string][] = [
  [/\bEAA[\w-]{4,}/g, '[token]'],
  [/\b(access_token|appsecret_proof|client_secret)(["'\s]*[=:]["'\s]*)[^\s"'&,}]+/gi, '$1$2[secret]'],
  [/\bBearer\s+\S+/gi, 'Bearer [token]'],
  [/\b[0-9a-f]{32,}\b/gi, '[hex]'],
];

/**
 * One line that may be stored and logged: what looks like a secret, and every one of `secrets` (from four characters on), is taken out,
 * control characters become spaces, and what is left is cut at 1000 characters.
 */
export function safeText(text: string, secrets: readonly string[]): string {
  const bounded = text.slice(0, 20 * longest);
  const named = secrets
    .filter((secret) => secret.length >= shortestSecret)
    .reduce((kept, secret) => kept.replaceAll(secret, '[secret]'), bounded);
  const shaped = secretShapes.reduce((kept, [shape, instead]) => kept.replace(shape, instead), named);
  return cut(shaped.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim());
}

/** Never leaves half of a surrogate pair behind: PostgreSQL would refuse it. */
function cut(text: string): string {
  return text.length <= longest
    ? text.toWellFormed()
    : `${text
        .slice(0, longest - 1)
        .replace(/[\ud800-\udbff]$/, '')
        .toWellFormed()}…`;
}
