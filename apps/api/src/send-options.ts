import type { Fields } from './parameters/fields.ts';

/** How a message is to be treated. None of these can make a request fail: what makes no sense is as good as not sent. */
export interface SendOptions {
  /** Nobody waits: answer as soon as the row is safe. */
  asynchronous: boolean;
  /** How long a synchronous caller waits, in milliseconds. */
  waitMs: number;
  /** The duplicate window in seconds; 0: none. */
  duplicateWindowSeconds: number;
  /** Null: the default of the way it is sent. */
  validitySeconds: number | null;
  /** Null: the line's default. */
  onUnknown: 'hold' | 'resend' | null;
}

const maxDuplicateWindowSeconds = 600;
const maxValiditySeconds = 86_400;
const synchronousValiditySeconds = 600;

export function readSendOptions(fields: Fields, prefer: string | undefined, syncWaitMs: number): SendOptions {
  const preferred = readPrefer(prefer);
  const validity = wholeNumber(fields.get('validity'));
  return {
    asynchronous: /^(1|true)$/i.test((fields.get('async') ?? '').trim()) || preferred.respondAsync,
    waitMs: Math.min(syncWaitMs, preferred.waitMs ?? syncWaitMs),
    duplicateWindowSeconds: Math.min(Math.max(wholeNumber(fields.get('httpdup')) ?? 0, 0), maxDuplicateWindowSeconds),
    validitySeconds: validity !== null && validity > 0 ? Math.min(validity, maxValiditySeconds) : null,
    onUnknown: readOnUnknown(fields.get('on_unknown')),
  };
}

/** When an unsent message expires, in milliseconds from its acceptance. */
export function validityMs(options: SendOptions, lineValiditySeconds: number): number {
  const byDefault = options.asynchronous
    ? Math.min(lineValiditySeconds, maxValiditySeconds)
    : synchronousValiditySeconds;
  return (options.validitySeconds ?? byDefault) * 1000;
}

function readOnUnknown(text: string | undefined): 'hold' | 'resend' | null {
  const word = (text ?? '').trim().toLowerCase();
  return word === 'hold' || word === 'resend' ? word : null;
}

/** `Prefer: respond-async` and `Prefer: wait=N` (RFC 7240), in one header or several. */
function readPrefer(header: string | undefined): { respondAsync: boolean; waitMs: number | null } {
  const preferences = (header ?? '').split(',').map((text) => text.trim().toLowerCase());
  const wait = preferences.map((text) => /^wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/.exec(text)?.[1]).find(Boolean);
  return {
    respondAsync: preferences.some((text) => /^respond-async\s*(?:;|$)/.test(text)),
    waitMs: wait === undefined ? null : Number(wait) * 1000,
  };
}

/** The number a text begins with, as the family's first home reads it: `"60s"` is 60, `"abc"` none. */
function wholeNumber(text: string | undefined): number | null {
  const number = Number.parseInt(text ?? '', 10);
  return Number.isNaN(number) ? null : number;
}
