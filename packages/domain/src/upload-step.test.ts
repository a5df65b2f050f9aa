import { describe, expect, it } from 'vitest';
import type { ReplyFacts } from './outcome.ts';
import { retryPlanSeconds } from './retry-plan.ts';
import { type UploadContext, uploadStep } from './upload-step.ts';
import type { FailedUpload } from './upload-verdict.ts';
import { noUsage } from './usage.ts';

const reply: ReplyFacts = { httpStatus: 400, code: null, subcode: null, fbtraceId: null, text: 'said', usage: noUsage };
const first: UploadContext = { triesBefore: 0, notFetchedBefore: 0, awaited: true, random: () => 0.5 };
const notFetched = { kind: 'unavailable', because: 'media_not_fetched', reply } as const;

describe('uploadStep', () => {
  it('gives up what Meta refuses, in its words', () => {
    const refused = { kind: 'refused', about: 'request', reply: { ...reply, code: 100, subcode: 2018047 } } as const;
    expect(uploadStep(refused, first)).toEqual({ kind: 'give_up', because: 'said (code 100/2018047)' });
  });

  it.each<FailedUpload>([
    { kind: 'unavailable', because: 'no_connection', reply },
    { kind: 'unavailable', because: 'meta_said_later', reply },
    { kind: 'unknown', because: 'no_answer', reply },
    { kind: 'refused', about: 'permission', reply },
    { kind: 'withheld', reply },
  ])('tries again after $kind, with growing pauses and without end', (outcome) => {
    const pauses = [0, 1, 2, 99].map((triesBefore) => uploadStep(outcome, { ...first, triesBefore }));
    const seconds = [retryPlanSeconds[0], retryPlanSeconds[1], retryPlanSeconds[2], retryPlanSeconds.at(-1) ?? 0];
    expect(pauses).toEqual(seconds.map((each) => ({ kind: 'again', afterMs: each * 1000, because: 'said' })));
  });

  it('waits as long as Meta says when it is too fast', () => {
    const throttled = { kind: 'throttled', scope: 'page', regainMs: 60_000, reply } as const;
    expect(uploadStep(throttled, first)).toMatchObject({ kind: 'again', afterMs: 60_000 });
    expect(uploadStep({ ...throttled, regainMs: null }, first)).toMatchObject({ afterMs: 30_000 });
    expect(uploadStep(throttled, { ...first, triesBefore: 9 })).toMatchObject({ afterMs: 900_000 });
  });

  it('says of a line that is down what is to be done about it', () => {
    const down = { kind: 'line_down', mend: { by: 'token' }, because: 'Give it a new token.', reply } as const;
    expect(uploadStep(down, first)).toMatchObject({ kind: 'again', because: 'Give it a new token.' });
  });

  it('lets Meta try a few times to fetch it', () => {
    const steps = [0, 1, 2, 3, 4].map((before) => uploadStep(notFetched, { ...first, notFetchedBefore: before }).kind);
    expect(steps).toEqual(['again', 'again', 'again', 'again', 'give_up']);
  });

  it('gives up nothing while nobody waits for it', () => {
    const refused = { kind: 'refused', about: 'request', reply } as const;
    expect(uploadStep(refused, { ...first, awaited: false })).toMatchObject({ kind: 'again', afterMs: 900_000 });
  });
});
