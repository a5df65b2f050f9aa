import type { RefusalSubject, ThrottleScope, UnavailableReason } from '@pombo/domain/outcome.ts';
import type { LineTrouble } from './line-troubles.ts';

/** What a code of Meta's means for us, before the circumstances of the call are added. */
export type Verdict =
  | { kind: 'unknown' }
  | { kind: 'unavailable'; because: Exclude<UnavailableReason, 'no_connection'> }
  | { kind: 'throttled'; scope: ThrottleScope }
  | { kind: 'refused'; about: RefusalSubject }
  | { kind: 'asset_gone' }
  | { kind: 'line_down'; trouble: LineTrouble };

interface Row {
  code: number;
  /** The last code of a family that Meta numbers in a row; the same as `code` for all others. */
  lastCode: number;
  /** `null`: the code alone, and any subcode of it that has no row of its own. */
  subcode: number | null;
  verdict: Verdict;
}

const mayHaveBeenSent: Verdict = { kind: 'unknown' };
const later: Verdict = { kind: 'unavailable', because: 'meta_said_later' };
/** The media's own host was slow or wrong. */
const notFetched: Verdict = { kind: 'unavailable', because: 'media_not_fetched' };
const tooFast = {
  page: { kind: 'throttled', scope: 'page' },
  app: { kind: 'throttled', scope: 'app' },
  recipient: { kind: 'throttled', scope: 'recipient' },
} as const satisfies Record<ThrottleScope, Verdict>;
const no = {
  recipient: { kind: 'refused', about: 'recipient' },
  request: { kind: 'refused', about: 'request' },
  configuration: { kind: 'refused', about: 'configuration' },
  permission: { kind: 'refused', about: 'permission' },
} as const satisfies Record<RefusalSubject, Verdict>;
const lineDown = (trouble: LineTrouble): Verdict => ({ kind: 'line_down', trouble });

const row = (code: number, subcode: number | null, verdict: Verdict): Row => ({
  code,
  lastCode: code,
  subcode,
  verdict,
});
const family = (code: number, lastCode: number, verdict: Verdict): Row => ({ code, lastCode, subcode: null, verdict });

/**
 * Everything known about Meta's codes on a send. Numbers only: messages are translated, and their "(#n)" may differ
 * from the code; `type` says OAuthException about nearly everything.
 */
const rows: readonly Row[] = [
  // Meta does not know itself. 1/1357046 is documented as "error returned, all messages sent".
  row(-1, null, mayHaveBeenSent),
  row(1, null, mayHaveBeenSent),
  row(1, 1357046, mayHaveBeenSent),
  row(1, 99, later), // often a missing permission, but Meta's word is "unknown error, try again"
  row(1, 2018382, no.request),

  // Meta's "temporary, try again".
  row(2, null, later),
  row(2, 2018344, lineDown('terms_open')),
  row(554, null, later), // in no source; two or three more tries do no harm
  row(1200, null, later),
  row(1200, 2018024, later),
  row(2018321, null, later), // an automated flow holds the chat for minutes
  // Another app holds the thread, perhaps for good: the retry plan ends, waiting free of charge would not.
  row(2018300, null, later),
  row(100, 2018008, notFetched),
  row(100, 2018294, notFetched),

  // Too fast.
  row(4, null, tooFast.app),
  row(4, 2018022, tooFast.app),
  row(4, 2018354, tooFast.recipient), // too soon for this person; harmless, and right later
  row(9, 2018352, tooFast.page),
  row(17, null, tooFast.app),
  row(17, 2446079, tooFast.app),
  row(32, null, tooFast.page),
  row(341, null, tooFast.app),
  row(613, null, tooFast.page),
  row(613, 1996, tooFast.app),
  row(613, 2534040, tooFast.page),
  row(613, 1893016, no.recipient), // asking this person again for the same thing: to be dropped, not repeated
  row(613, 2018338, no.recipient), // "you are bothering this person": to be stopped, not slowed
  row(100, 2534037, tooFast.recipient), // the thread is in other hands for the moment
  row(80001, null, tooFast.page),
  row(80002, null, tooFast.page),
  row(80006, null, tooFast.page),

  // This person, final.
  row(10, 1893015, no.recipient),
  row(10, 2018065, no.recipient),
  row(10, 2018108, no.recipient),
  row(10, 2018278, no.recipient), // outside the messaging window
  row(10, 2018336, no.recipient),
  row(10, 2534022, no.recipient),
  row(100, 33, no.recipient), // most often the PSID of another page
  row(100, 2018001, no.recipient),
  row(100, 2534014, no.recipient),
  row(200, 1545041, no.recipient), // a blocked recipient, though 200 is the permission family
  row(551, null, no.recipient),
  row(551, 1545041, no.recipient),

  // This request, final.
  row(100, null, no.request),
  row(100, 2018014, no.request),
  row(100, 2018032, no.request),
  row(100, 2018034, no.request),
  row(100, 2018047, no.request),
  row(100, 2018109, no.request),
  row(100, 2018320, no.request),
  row(100, 2018328, no.request),
  row(100, 2534015, no.request),
  row(100, 2534025, no.request),
  row(200, 2018021, no.request),
  row(506, null, no.request),
  row(803, null, no.request),
  row(10303, null, no.request),
  family(2018173, 2018188, no.request),
  row(2018218, null, no.request),
  row(2018247, null, no.request),
  row(9000001, null, no.request),

  // An attachment id that has expired, or is not this page's.
  row(100, 2018074, { kind: 'asset_gone' }),

  // The campaign is set up wrongly.
  row(2018416, null, no.configuration),
  row(2388051, null, no.configuration),
  row(2300000, null, no.configuration),
  row(2300001, null, no.configuration),

  // Permission codes on their own: one of them may speak of one recipient, a run of them speaks of the line.
  row(3, null, no.permission),
  row(10, null, no.permission),
  family(200, 299, no.permission),

  // The line is down.
  row(102, null, lineDown('token_invalid')),
  row(190, null, lineDown('token_invalid')),
  row(190, 458, lineDown('app_removed')),
  row(190, 459, lineDown('person_checked')),
  row(190, 460, lineDown('password_changed')),
  row(190, 463, lineDown('token_expired')),
  row(190, 464, lineDown('person_checked')),
  row(190, 467, lineDown('token_invalid')),
  row(190, 490, lineDown('person_checked')),
  row(190, 492, lineDown('role_lost')),
  row(190, 2069032, lineDown('permission_missing')),
  row(368, null, lineDown('blocked_by_policy')),
  row(368, 1390008, lineDown('blocked_by_policy')),
  row(2022, null, lineDown('sending_disabled')), // seen to lift after 1 to 24 hours
  row(36103, null, lineDown('instagram_link')),
  row(10, 1404170, lineDown('page_restricted')),
  row(10, 1893063, lineDown('page_restricted')), // somebody has to look
  row(10, 2018028, lineDown('permission_missing')),
  row(10, 2534077, lineDown('instagram_link')),
  row(100, 2018164, lineDown('wrong_app')),
  row(100, 2534013, lineDown('instagram_link')),
  row(100, 2534029, lineDown('page_restricted')),
  row(200, 2018027, lineDown('permission_missing')),
  row(200, 2018028, lineDown('permission_missing')),
  row(200, 2534041, lineDown('instagram_link')),
];

const byPair = new Map(
  rows.flatMap((each) => codesOf(each).map((code) => [pairKey(code, each.subcode), each.verdict])),
);

/**
 * The verdict on an error of Graph's, or `null` when neither its code nor its subcode is known.
 *
 * `isTransient` is Meta's own "try again". It is believed where it completes what the table knows: for codes that are
 * not listed and for refusals that name no cause. It overrules nothing that says more: a throttle stays a throttle, a
 * dead token stays dead, a message that may have been sent is not sent again, and a named refusal is final.
 */
export function verdictOn(code: number, subcode: number | null, isTransient: boolean): Verdict | null {
  const named = subcode === null ? null : subcodeVerdict(code, subcode);
  if (named !== null) return named;
  const general = generalVerdict(code, subcode);
  const open = general === null || (general.kind === 'refused' && general.about !== 'recipient');
  return isTransient && open ? later : general;
}

/** Meta lists some subcodes as codes of their own and then sends them below another code; both are found. */
function subcodeVerdict(code: number, subcode: number): Verdict | null {
  return (
    byPair.get(pairKey(code, subcode)) ?? (subcode > 2_000_000 ? byPair.get(pairKey(subcode, null)) : null) ?? null
  );
}

/**
 * A permission code with a subcode we do not know speaks of something more special than the permission, most often of
 * the recipient (10/2018278, 200/1545041), so it must not count towards parking the line.
 */
function generalVerdict(code: number, subcode: number | null): Verdict | null {
  const verdict = byPair.get(pairKey(code, null)) ?? null;
  return verdict === no.permission && subcode !== null ? no.request : verdict;
}

function pairKey(code: number, subcode: number | null): string {
  return `${code}/${subcode ?? ''}`;
}

function codesOf({ code, lastCode }: Row): number[] {
  return Array.from({ length: lastCode - code + 1 }, (_, index) => code + index);
}

/** Every row's code, subcode and verdict, for tests and for people. */
export function listedErrors(): { code: number; lastCode: number; subcode: number | null; verdict: Verdict }[] {
  return rows.map((each) => ({ ...each }));
}
