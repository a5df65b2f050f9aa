import type { UsageHeaders } from './usage.ts';

/** What one call to Graph came back with. A refusal, a reset and a silence are all ordinary replies. */
export interface Reply {
  phases: Phases;
  result: ReplyResult;
}

/** When each phase ended, in milliseconds since the call began; `null` for a phase that was never reached. */
export interface Phases {
  /** A connected socket was ours. */
  connectedMs: number | null;
  /** The whole request was handed to the socket. */
  writtenMs: number | null;
  /** Status and headers of the answer were there. */
  answeredMs: number | null;
  totalMs: number;
}

export type ReplyResult =
  /** A whole HTTP answer, from Graph or from something in front of it. */
  | { kind: 'answer'; httpStatus: number; headers: AnswerHeaders; bodyText: string }
  /** Not one byte of the request was written. */
  | { kind: 'no_connection'; text: string }
  /** The request was written, perhaps in part, and no status line came. */
  | { kind: 'no_answer'; text: string; written: true }
  /** The answer began and did not end as HTTP says it should. */
  | { kind: 'broken_answer'; httpStatus: number; text: string }
  /** `mayWrite` said no. Not one byte was written. */
  | { kind: 'withheld' };

/** The few headers of an answer that mean something to us, unparsed. */
export interface AnswerHeaders extends UsageHeaders {
  /** The version that answered. Expired versions do not fail: an older usable one answers in their place. */
  apiVersion: string | null;
  traceId: string | null;
}
