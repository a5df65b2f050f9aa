import type { Outcome, ReplyFacts, ThrottleScope, UnknownReason } from '@pombo/domain/outcome.ts';
import { noUsage } from '@pombo/domain/usage.ts';
import { lineTroubles, troubleInWords } from './line-troubles.ts';
import { type Verdict, verdictOn } from './meta-errors.ts';
import { isObject, parseObject } from './parse-object.ts';
import type { AnswerHeaders, Reply, ReplyResult } from './reply.ts';
import { safeText } from './safe-text.ts';
import { readRetryAfter, readUsage } from './usage.ts';

type Answer = Extract<ReplyResult, { kind: 'answer' }>;

/**
 * What a reply means, by table. Pure. `secrets` are further words that must not reach `reply.text`, such as the
 * message's own text; tokens and proofs are taken out by their looks.
 */
export function classify({ result }: Reply, secrets: readonly string[] = []): Outcome {
  switch (result.kind) {
    case 'answer':
      return classifyAnswer(result, secrets);
    case 'no_connection':
      return { kind: 'unavailable', because: 'no_connection', reply: silent(0, result.text, secrets) };
    case 'no_answer':
      return { kind: 'unknown', because: 'no_answer', reply: silent(0, result.text, secrets) };
    case 'broken_answer':
      return { kind: 'unknown', because: 'broken_answer', reply: silent(result.httpStatus, result.text, secrets) };
    case 'withheld':
      return { kind: 'withheld', reply: silent(0, 'held back unsent: its turn had passed', secrets) };
  }
}

/** The body is read first and the status second: Graph has been seen to answer 200 with an error in it. */
function classifyAnswer(answer: Answer, secrets: readonly string[]): Outcome {
  const body = parseObject(answer.bodyText);
  const metaMessageId = textOf(body?.message_id);
  if (metaMessageId !== null) {
    return { kind: 'sent', metaMessageId, reply: facts(answer, noError, answer.bodyText, secrets) };
  }
  const error = readError(body?.error);
  return error === null ? withoutGraphBody(answer, secrets) : refusedByGraph(answer, error, secrets);
}

interface GraphError {
  code: number | null;
  subcode: number | null;
  isTransient: boolean;
  message: string;
  traceId: string | null;
}

const noError: GraphError = { code: null, subcode: null, isTransient: false, message: '', traceId: null };

function refusedByGraph(answer: Answer, error: GraphError, secrets: readonly string[]): Outcome {
  const verdict = verdictFor(answer.httpStatus, error);
  return outcomeOf(verdict, answer.headers, facts(answer, error, error.message, secrets));
}

type AnyVerdict = Verdict | { kind: 'server_error' };

/** What the table does not list is decided by the status: only a 4xx says plainly that nothing was done. */
function verdictFor(httpStatus: number, { code, subcode, isTransient }: GraphError): AnyVerdict {
  const listed = code === null ? null : verdictOn(code, subcode, isTransient);
  if (listed !== null) return listed;
  if (isTransient) return { kind: 'unavailable', because: 'meta_said_later' };
  if (httpStatus === 429) return { kind: 'throttled', scope: 'page' };
  if (httpStatus >= 400 && httpStatus < 500) return { kind: 'refused', about: 'request' };
  return httpStatus >= 500 ? { kind: 'server_error' } : { kind: 'unknown' };
}

function outcomeOf(verdict: AnyVerdict, headers: AnswerHeaders, reply: ReplyFacts): Outcome {
  switch (verdict.kind) {
    case 'unknown':
      return { kind: 'unknown', because: 'meta_is_unsure', reply };
    case 'server_error':
      return { kind: 'unknown', because: 'server_error', reply };
    case 'throttled':
      return { kind: 'throttled', scope: verdict.scope, regainMs: regainOf(verdict.scope, headers, reply), reply };
    case 'line_down': {
      const { trouble } = verdict;
      const because = troubleInWords(trouble, reply.code, reply.subcode);
      return { kind: 'line_down', mend: lineTroubles[trouble].mend, because, reply };
    }
    default:
      return { ...verdict, reply };
  }
}

/** The headers speak of the page's and the app's quotas, each of its own, and never of one person's. */
function regainOf(scope: ThrottleScope, headers: AnswerHeaders, { usage }: ReplyFacts): number | null {
  if (scope === 'recipient') return null;
  const longestMs = Math.max(usage[scope].regainMs ?? 0, readRetryAfter(headers) ?? 0);
  return longestMs > 0 ? longestMs : null;
}

/**
 * Something answered, and not in Graph's words. A 429 is a throttle wherever it comes from. For all the rest nobody can
 * say whether the request reached Graph before: a proxy's 404 or 407 very likely means that it did not, but "very
 * likely" is a guess, and a guess must not send twice.
 */
function withoutGraphBody(answer: Answer, secrets: readonly string[]): Outcome {
  const reply = facts(answer, noError, answer.bodyText || `HTTP ${answer.httpStatus} without a body`, secrets);
  if (answer.httpStatus === 429) {
    return { kind: 'throttled', scope: 'page', regainMs: regainOf('page', answer.headers, reply), reply };
  }
  const because: UnknownReason = answer.httpStatus >= 500 ? 'server_error' : 'unreadable_answer';
  return { kind: 'unknown', because, reply };
}

function facts(answer: Answer, error: GraphError, text: string, secrets: readonly string[]): ReplyFacts {
  return {
    httpStatus: answer.httpStatus,
    code: error.code,
    subcode: error.subcode,
    fbtraceId: error.traceId ?? answer.headers.traceId,
    text: safeText(text, secrets),
    usage: readUsage(answer.headers),
  };
}

function silent(httpStatus: number, text: string, secrets: readonly string[]): ReplyFacts {
  return { httpStatus, code: null, subcode: null, fbtraceId: null, text: safeText(text, secrets), usage: noUsage };
}

function readError(value: unknown): GraphError | null {
  if (!isObject(value)) return null;
  return {
    code: integerOf(value.code),
    subcode: integerOf(value.error_subcode),
    isTransient: value.is_transient === true,
    message: textOf(value.message) ?? 'an error without a message',
    traceId: textOf(value.fbtrace_id),
  };
}

/** Codes are stored as 32-bit integers; what does not fit is no code of Meta's. */
const largestCode = 2_147_483_647;

/** Subcode 0 is how some answers say "none". */
function integerOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  const fits = typeof number === 'number' && Number.isInteger(number) && Math.abs(number) <= largestCode;
  return fits && number !== 0 ? number : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
