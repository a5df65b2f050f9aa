import type { OpenAttempt } from '@pombo/db/claim.ts';
import type { Settle } from '@pombo/db/settle.ts';

/** How an attempt ends that Graph accepted, with what a test cares about put over it. */
export function settleOf(attempt: OpenAttempt, over: Partial<Settle> = {}): Settle {
  return {
    messageId: attempt.messageId,
    attempt: attempt.attempt,
    lineId: attempt.lineId,
    dest: attempt.dest,
    sealedToken: attempt.sealedToken,
    step: 'OK',
    afterMs: null,
    costsTry: false,
    returnCode: 200,
    returnId: 'm_1',
    returnLog: null,
    statusDelivery: 'sent',
    lineEffect: 'none',
    scope: null,
    lineMs: null,
    share: null,
    because: null,
    mend: null,
    health: null,
    outcome: 'sent',
    errorClass: null,
    httpStatus: 200,
    code: null,
    subcode: null,
    fbtraceId: null,
    text: '',
    connectedMs: null,
    writtenMs: null,
    answeredMs: null,
    totalMs: 1,
    ...over,
  };
}
