import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { GraphError } from './graph-error.ts';

/** A page that the simulator knows by its token. */
export interface KnownPage {
  pageId: string;
  /** With it an `appsecret_proof` that comes along has to be right. */
  appSecret?: string;
  /** The app's "Require App Secret" switch. */
  requireProof?: boolean;
}

export interface Page {
  pageId: string;
  /** Stands for the token wherever one can look: the first 12 hex digits of its SHA-256. */
  tokenHash: string;
  appSecret: string | null;
  requireProof: boolean;
}

export type Found = { kind: 'page'; page: Page } | { kind: 'error'; error: GraphError };

export interface Pages {
  find(token: string | null, pathPage: string, proof: string | null): Found;
}

export interface PagesOptions {
  /** Only these tokens are good. Without it any token is. */
  tokens?: Record<string, KnownPage>;
  /** Without `tokens`: the app secret of every page. Its proof is then required. */
  appSecret?: string;
}

/** Opening words that make a token bad in open mode, so that a dead one can be tried out. */
const badTokens: readonly [string, number][] = [
  ['EAAexpired', 463],
  ['EAArevoked', 460],
];

/**
 * Who may send as which page. In open mode every token is good, and always stands for the same page:
 * the digits in `EAA_page_<digits>…`, else a page id made from the token.
 */
export function openPages(options: PagesOptions): Pages {
  const known = new Map<string, Found>();
  const lookUp = (token: string): Found => {
    const found = known.get(token) ?? (options.tokens ? registered(token, options.tokens) : anyPage(token, options));
    // Bounded: whoever sends ever new tokens must not fill the memory.
    if (known.size < 10_000) known.set(token, found);
    return found;
  };
  return {
    find(token, pathPage, proof) {
      if (token === null || token === '')
        return refused(2500, 'An active access token must be used to query information about the current user.');
      const found = lookUp(token);
      if (found.kind === 'error') return found;
      const { page } = found;
      if (pathPage !== 'me' && pathPage !== page.pageId && (options.tokens || isNamed(token)))
        return wrongPage(pathPage);
      return proofError(page, token, proof) ?? found;
    },
  };
}

function registered(token: string, tokens: Record<string, KnownPage>): Found {
  const page = Object.hasOwn(tokens, token) ? tokens[token] : undefined;
  if (page === undefined) return { kind: 'error', error: { code: 190 } };
  return pageFound(token, page.pageId, page.appSecret ?? null, page.requireProof ?? false);
}

function anyPage(token: string, { appSecret }: PagesOptions): Found {
  const bad = badTokens.find(([start]) => token.startsWith(start));
  if (bad !== undefined) return { kind: 'error', error: { code: 190, subcode: bad[1] } };
  return pageFound(token, namedPage(token) ?? inventedPage(token), appSecret ?? null, appSecret !== undefined);
}

function pageFound(token: string, pageId: string, appSecret: string | null, requireProof: boolean): Found {
  return { kind: 'page', page: { pageId, tokenHash: sha256(token).slice(0, 12), appSecret, requireProof } };
}

function proofError({ appSecret, requireProof }: Page, token: string, proof: string | null): Found | null {
  if (appSecret === null) return null;
  if (proof === null) {
    return requireProof
      ? refused(100, 'API calls from the server require an appsecret_proof argument', 'GraphMethodException')
      : null;
  }
  const right = Buffer.from(createHmac('sha256', appSecret).update(token).digest('hex'));
  const given = Buffer.from(proof);
  const same = right.length === given.length && timingSafeEqual(right, given);
  return same ? null : refused(100, 'Invalid appsecret_proof provided in the API argument', 'GraphMethodException');
}

function wrongPage(pageId: string): Found {
  const message = `Unsupported post request. Object with ID '${pageId}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`;
  return { kind: 'error', error: { code: 100, subcode: 33, type: 'GraphMethodException', message } };
}

function refused(code: number, message: string, type = 'OAuthException'): Found {
  return { kind: 'error', error: { code, message, type } };
}

function isNamed(token: string): boolean {
  return namedPage(token) !== null;
}

function namedPage(token: string): string | null {
  return /^EAA_page_(\d{1,20})/.exec(token)?.[1] ?? null;
}

function inventedPage(token: string): string {
  return `1${(BigInt(`0x${sha256(token).slice(0, 12)}`) % 10n ** 14n).toString().padStart(14, '0')}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
