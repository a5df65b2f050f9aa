import type { Outcome } from './outcome.ts';

/** What asking Graph about a token came to. */
export type ProbeVerdict =
  /** Graph knows the token and whose page it is. Whether it may send, only sending shows. */
  | { kind: 'works' }
  /** Graph refused it. Of a dead token the outcome is `line_down`; `refused` is anything else that is wrong with the call. */
  | { kind: 'refused'; outcome: Extract<Outcome, { kind: 'line_down' | 'refused' }> }
  /** No answer, one nobody can read, "too fast" or "later": it says nothing about the token. */
  | { kind: 'no_word' };
