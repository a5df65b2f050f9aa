import type { Effect } from './weather.ts';

export interface MagicRecipient {
  dest: string;
  effect: Effect;
  /** What one sees, for the list at `/_simulator/recipients`. */
  says: string;
}

/**
 * Recipients that always answer in one way, so that each case can be seen with nothing but curl.
 * The last digits are the code or its best known subcode.
 */
export const magicRecipients: readonly MagicRecipient[] = [
  {
    dest: '1000000000000551',
    effect: { kind: 'error', code: 551, subcode: 1545041 },
    says: 'blocked the page, or is gone: final',
  },
  {
    dest: '1000000002018278',
    effect: { kind: 'error', code: 10, subcode: 2018278 },
    says: 'the messaging window is closed: final',
  },
  { dest: '1000000002018001', effect: { kind: 'error', code: 100, subcode: 2018001 }, says: 'no such person: final' },
  { dest: '1000000000000100', effect: { kind: 'error', code: 100 }, says: 'the request is wrong: final' },
  {
    dest: '1000000000000010',
    effect: { kind: 'error', code: 10 },
    says: 'permission missing: final, and suspicious when it repeats',
  },
  {
    dest: '1000000000000190',
    effect: { kind: 'error', code: 190, subcode: 463 },
    says: 'the page token has expired: the line is down',
  },
  {
    dest: '1000000000000368',
    effect: { kind: 'error', code: 368 },
    says: 'blocked for a while by policy: the line is down',
  },
  {
    dest: '1000000001893063',
    effect: { kind: 'error', code: 10, subcode: 1893063 },
    says: 'the page is restricted: the line is down',
  },
  {
    dest: '1000000000000613',
    effect: { kind: 'throttle' },
    says: 'too fast for the page, with a usage header: again later',
  },
  { dest: '1000000000000004', effect: { kind: 'error', code: 4 }, says: 'too fast for the app: again later' },
  {
    dest: '1000000000001200',
    effect: { kind: 'error', code: 1200 },
    says: 'temporary failure: again by the retry plan',
  },
  {
    dest: '1000000000000002',
    effect: { kind: 'error', code: 2, transient: true },
    says: 'service unavailable: again by the retry plan',
  },
  {
    dest: '1000000000000001',
    effect: { kind: 'error', code: 1 },
    says: 'Meta does not know itself, not sent: unknown',
  },
  {
    dest: '1000000001357046',
    effect: { kind: 'error', code: 1, subcode: 1357046, accept: true },
    says: 'an error, though it was sent: unknown',
  },
  { dest: '1000000000000408', effect: { kind: 'hang' }, says: 'no answer ever, not sent: unknown' },
  { dest: '1000000000000409', effect: { kind: 'accept_then_hang' }, says: 'no answer ever, sent: unknown' },
  {
    dest: '1000000000000104',
    effect: { kind: 'reset_before_accept' },
    says: 'the connection breaks, not sent: unknown',
  },
  { dest: '1000000000000105', effect: { kind: 'reset_after_accept' }, says: 'the connection breaks, sent: unknown' },
  { dest: '1000000000000502', effect: { kind: 'html_502' }, says: 'a gateway error page, not sent: unknown' },
  { dest: '1000000000000503', effect: { kind: 'html_502', accept: true }, says: 'a gateway error page, sent: unknown' },
  {
    dest: '1000000000000200',
    effect: { kind: 'unparseable_200', accept: true },
    says: 'a 200 nobody can read, sent: unknown',
  },
  { dest: '1000000000000206', effect: { kind: 'half_answer', accept: true }, says: 'half an answer, sent: unknown' },
  { dest: '1000000000000999', effect: { kind: 'garbage' }, says: 'bytes that are no HTTP, not sent: unknown' },
  { dest: '1000000000010000', effect: { kind: 'slow', ms: 10_000 }, says: 'accepted after ten more seconds' },
];

const byDest = new Map(magicRecipients.map((each) => [each.dest, each.effect]));

export function magicEffect(dest: string): Effect | null {
  return byDest.get(dest) ?? null;
}
