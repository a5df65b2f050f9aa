import type { HandProbe } from '@pombo/db/probe-by-hand.ts';
import { probeInWords } from '@pombo/domain/probe-verdict.ts';
import { type Html, html } from '../page/html.ts';

/** What a probe came to, as a word of the address, and its sentence. */
const sentences = {
  works: { bad: false, sentence: probeInWords({ kind: 'works' }, 'nothing') },
  unparked: { bad: false, sentence: probeInWords({ kind: 'works' }, 'unparked') },
  no_word: { bad: true, sentence: probeInWords({ kind: 'no_word' }, 'nothing') },
  refused: { bad: true, sentence: 'Graph refused the token' },
  parked: { bad: true, sentence: 'The line is parked: Graph refused the token' },
  locked: { bad: true, sentence: 'No key in SEAL_KEY opens the page access token of this line.' },
  no_token: { bad: true, sentence: 'The line has no page access token.' },
} as const satisfies Record<string, { bad: boolean; sentence: string }>;

type ProbeWord = keyof typeof sentences;

/** For the address of the line's page. Why Graph refused is said by its code: a sentence in an address could be anybody's. */
export function saidByProbe(probed: Exclude<HandProbe, { kind: 'no_line' }>): { probe: ProbeWord; code?: string } {
  if (probed.kind !== 'asked') return { probe: probed.kind };
  const { verdict, change } = probed;
  if (verdict.kind === 'no_word') return { probe: 'no_word' };
  if (verdict.kind === 'works') return { probe: change === 'unparked' ? 'unparked' : 'works' };
  const { code, subcode } = verdict.outcome.reply;
  const numbers = [code, subcode].filter((number) => number !== null).join('/');
  return { probe: change === 'parked' ? 'parked' : 'refused', ...(numbers === '' ? {} : { code: numbers }) };
}

/** Null when the address says nothing of a probe. */
export function probeNotice(query: Readonly<Record<string, unknown>>): Html | null {
  const { probe, code } = query;
  if (typeof probe !== 'string' || !isProbeWord(probe)) return null;
  const { bad, sentence } = sentences[probe];
  return html`<p class="${bad ? 'notice bad' : 'notice'}" role="status">${sentence}${probe === 'refused' || probe === 'parked' ? withCode(code) : null}</p>`;
}

function withCode(code: unknown): string {
  return typeof code === 'string' && /^-?\d{1,10}(\/\d{1,10})?$/.test(code) ? ` (code ${code}).` : '.';
}

function isProbeWord(word: string): word is ProbeWord {
  return Object.hasOwn(sentences, word);
}
