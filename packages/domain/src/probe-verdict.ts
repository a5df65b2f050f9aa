import type { Outcome } from './outcome.ts';

/** What asking Graph about a token came to. */
export type ProbeVerdict =
  /** Graph knows the token and whose page it is. Whether it may send, only sending shows. */
  | { kind: 'works' }
  /** Graph refused it. Of a dead token the outcome is `line_down`; `refused` is anything else that is wrong with the call. */
  | { kind: 'refused'; outcome: Extract<Outcome, { kind: 'line_down' | 'refused' }> }
  /** No answer, one nobody can read, "too fast" or "later": it says nothing about the token. */
  | { kind: 'no_word' };

/** What followed for the line. */
export type ProbeChange = 'unparked' | 'parked' | 'nothing';

/** What Graph said, and what followed for the line, in a sentence or two. */
export function probeInWords(verdict: ProbeVerdict, change: ProbeChange): string {
  return `${answers[verdict.kind]}${saidByGraph(verdict) ?? ''} ${changes[change]}`.trim();
}

/** Why Graph refused the token; null when it did not. */
export function saidByGraph(verdict: ProbeVerdict): string | null {
  if (verdict.kind !== 'refused') return null;
  const { outcome } = verdict;
  return outcome.kind === 'line_down' ? outcome.because : outcome.reply.text;
}

const answers = {
  works: 'Graph takes the token.',
  refused: 'Graph refused the token: ',
  no_word: 'Graph said nothing that tells whether the token works.',
} as const satisfies Record<ProbeVerdict['kind'], string>;

const changes = {
  unparked: 'The line may send again.',
  parked: 'The line is parked.',
  nothing: '',
} as const satisfies Record<ProbeChange, string>;
