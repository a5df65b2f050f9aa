import type { Outcome } from '@pombo/domain/outcome.ts';
import { noUsage } from '@pombo/domain/usage.ts';
import { expect, it } from 'vitest';
import { probeNotice, saidByProbe } from './probe-notice.ts';

const reply = { httpStatus: 400, code: 190, subcode: 463, fbtraceId: null, text: 'expired', usage: noUsage };
const expired: Extract<Outcome, { kind: 'line_down' }> = {
  kind: 'line_down',
  mend: { by: 'token' },
  because: 'it has expired',
  reply,
};

type Probed = Parameters<typeof saidByProbe>[0];

it.each<[Probed, string]>([
  [{ kind: 'asked', verdict: { kind: 'works' }, change: 'nothing' }, 'Graph takes the token.'],
  [{ kind: 'asked', verdict: { kind: 'works' }, change: 'unparked' }, 'The line may send again.'],
  [{ kind: 'asked', verdict: { kind: 'no_word' }, change: 'nothing' }, 'Graph said nothing'],
  [
    { kind: 'asked', verdict: { kind: 'refused', outcome: expired }, change: 'parked' },
    'is parked: Graph refused the token (code 190/463).',
  ],
  [
    { kind: 'asked', verdict: { kind: 'refused', outcome: expired }, change: 'nothing' },
    '>Graph refused the token (code 190/463).',
  ],
  [{ kind: 'locked' }, 'No key in SEAL_KEY'],
  [{ kind: 'no_token' }, 'has no page access token'],
])('%o is said through the address', (probed, sentence) => {
  expect(probeNotice(saidByProbe(probed))?.html).toContain(sentence);
});

it('says nothing that somebody wrote into the address', () => {
  expect(probeNotice({ probe: 'toString' })).toBeNull();
  expect(probeNotice({ probe: ['works'] })).toBeNull();
  expect(probeNotice({})).toBeNull();
  expect(probeNotice({ probe: 'refused', code: 'call 555 for help' })?.html).toContain('Graph refused the token.');
});
