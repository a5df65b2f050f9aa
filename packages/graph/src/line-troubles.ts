import type { LineMend } from '@pombo/domain/outcome.ts';

/** One way in which a line can be down, for the operator who reads of it. */
interface Trouble {
  /** What happened: the beginning of a sentence, which goes on with Meta's code. */
  says: string;
  /** What to do about it: whole sentences. */
  remedy: string;
  mend: LineMend;
}

const hours = (count: number): LineMend => ({ by: 'time', afterMs: count * 60 * 60_000 });
const token: LineMend = { by: 'token' };
const operator: LineMend = { by: 'operator' };

const newToken = 'Give the line a new one with set-token.';
const thenResume = 'then resume the line.';

/**
 * Why a line is down, and what brings it back. Only what asking Graph about the token would show is mended by a token:
 * a token without a permission answers for itself all the same, and the line would go up and down.
 */
export const lineTroubles = {
  token_invalid: { says: 'Meta says the page access token is no longer valid', remedy: newToken, mend: token },
  token_expired: {
    says: 'Meta says the page access token is no longer valid: it has expired',
    remedy: newToken,
    mend: token,
  },
  password_changed: {
    says: 'Meta says the page access token is no longer valid: the person it came from changed the password or was logged out',
    remedy: newToken,
    mend: token,
  },
  app_removed: {
    says: 'Meta says the app may no longer act for this page',
    remedy: 'Connect the page to the app again and give the line its new token with set-token.',
    mend: token,
  },
  person_checked: {
    says: 'Meta wants the person the page access token came from to confirm the account',
    remedy:
      'That person has to log in on facebook.com. If Meta still refuses the token then, give the line a new one with set-token.',
    mend: token,
  },
  role_lost: {
    says: 'Meta says the person the page access token came from no longer has the needed role on the page',
    remedy: 'Give that person the role again, or give the line a token of somebody who has it with set-token.',
    mend: token,
  },
  permission_missing: {
    says: 'Meta says the app lacks a permission that sending for this page needs',
    remedy: `Have the permission granted (a new token goes in with set-token), ${thenResume}`,
    mend: operator,
  },
  page_restricted: {
    says: 'Meta has restricted this page from sending',
    remedy: `Look at the page's quality and support inbox at Meta and settle it there, ${thenResume}`,
    mend: operator,
  },
  terms_open: {
    says: 'Meta waits for an admin of the page to accept its terms',
    remedy: `Have an admin accept them, ${thenResume}`,
    mend: operator,
  },
  wrong_app: {
    says: 'Meta says the app id is not the right one for this page',
    remedy: `Correct the app of the line, ${thenResume}`,
    mend: operator,
  },
  instagram_link: {
    says: 'Meta says the Instagram account of this page is not linked, not eligible or closed to messages',
    remedy: `Correct the account's settings at Meta, ${thenResume}`,
    mend: operator,
  },
  blocked_by_policy: {
    says: 'Meta has blocked this page for some hours for policy reasons',
    remedy: 'Sending goes on by itself after 6 hours. Look at what was sent, and at the page quality at Meta.',
    mend: hours(6),
  },
  sending_disabled: {
    says: 'Meta has disabled sending for this page for a while after a policy violation',
    remedy:
      'Sending is tried again after 1 hour, and again if it is still disabled then. Look at the page quality at Meta.',
    mend: hours(1),
  },
} as const satisfies Record<string, Trouble>;

export type LineTrouble = keyof typeof lineTroubles;

/** The trouble in a sentence or two: "Meta says … (190/463). Give the line a new one with set-token." */
export function troubleInWords(trouble: LineTrouble, code: number | null, subcode: number | null): string {
  const { says, remedy } = lineTroubles[trouble];
  const numbers = [code, subcode].filter((number) => number !== null).join('/');
  return `${says} (${numbers}). ${remedy}`;
}
