import type { Outcome } from '@pombo/domain/outcome.ts';
import { noUsage } from '@pombo/domain/usage.ts';

/** Opens what `packages/db` sealed. Throws when no key fits. */
export interface Seal {
  open(sealed: string): string;
}

export type LineSecrets = { kind: 'open'; token: string; appSecret: string | null } | { kind: 'locked' };

/** Sealed texts stay the same for as long as a token lives, so each is opened once. */
const remembered = 5_000;

/** Tokens and app secrets of lines, opened once and kept in memory only. `locked`: none of our keys opens them. */
export function createLineSecrets(
  seal: Seal,
  defaultAppSecret: string | null,
): (sealedToken: string, sealedAppSecret: string | null) => LineSecrets {
  const opened = new Map<string, string | null>();

  function open(sealed: string): string | null {
    const known = opened.get(sealed);
    if (known !== undefined) return known;
    if (opened.size >= remembered) opened.clear();
    const text = tryOpen(seal, sealed);
    opened.set(sealed, text);
    return text;
  }

  return (sealedToken, sealedAppSecret) => {
    const token = sealedToken === '' ? null : open(sealedToken);
    const appSecret = sealedAppSecret ? open(sealedAppSecret) : defaultAppSecret;
    const locked = token === null || (sealedAppSecret && appSecret === null);
    return locked ? { kind: 'locked' } : { kind: 'open', token, appSecret };
  };
}

/** The token was sealed with a key this process does not have. Only an operator can mend that. */
export const lockedLine: Extract<Outcome, { kind: 'line_down' }> = {
  kind: 'line_down',
  mend: { by: 'operator' },
  because:
    'The page access token of this line cannot be opened with any key in SEAL_KEY. ' +
    'Start the workers with the key that sealed it, then resume the line; or give it its token again with set-token.',
  reply: {
    httpStatus: 0,
    code: null,
    subcode: null,
    fbtraceId: null,
    text: 'the page access token cannot be opened with any key in SEAL_KEY',
    usage: noUsage,
  },
};

function tryOpen(seal: Seal, sealed: string): string | null {
  try {
    return seal.open(sealed);
  } catch {
    return null;
  }
}
