import type { MessageOutcome } from '@pombo/db/outcomes.ts';
import { type RefusalName, refusals } from '@pombo/domain/refusal.ts';

/** One answer of the family, before it is written. `messageId` is ours (`cdls_id`), `metaMessageId` is Meta's. */
export interface Answer {
  httpStatus: number;
  status: string;
  statusCode: number;
  metaMessageId: string;
  /** `0`: no row. */
  messageId: string;
  retryAfterSeconds: number | null;
}

export function refusalAnswer(refusal: RefusalName): Answer {
  const { httpStatus, status, statusCode } = refusals[refusal];
  const retryAfterSeconds = refusal === 'unavailable' ? 1 : null;
  return { httpStatus, status, statusCode, metaMessageId: '', messageId: '0', retryAfterSeconds };
}

/** `Retry-After` knows whole seconds only, and 0 would mean "at once". */
export function queueFullAnswer(afterMs: number): Answer {
  return { ...refusalAnswer('queueFull'), retryAfterSeconds: Math.max(1, Math.ceil(afterMs / 1000)) };
}

/** "Waiting response": 200 when somebody waited in vain, 202 when nobody wanted to wait. */
export function waitingAnswer(messageId: string, httpStatus: 200 | 202): Answer {
  return { httpStatus, status: 'WR', statusCode: 1, metaMessageId: '', messageId, retryAfterSeconds: null };
}

type FinalStatus = Exclude<MessageOutcome['status'], 'PENDING'>;

const answersTo: Record<FinalStatus, (messageId: string, outcome: MessageOutcome) => Answer> = {
  OK: (messageId, { returnCode, returnId }) => ({
    httpStatus: 200,
    status: 'OK',
    statusCode: returnCode ?? 200,
    metaMessageId: returnId ?? '',
    messageId,
    retryAfterSeconds: null,
  }),
  ERROR: (messageId, { returnCode }) => unsent(messageId, returnCode ?? 0),
  CANCELED: (messageId) => unsent(messageId, 0),
  WR: (messageId) => waitingAnswer(messageId, 200),
};

/** What the row says, in the family's words. `pending` is the HTTP status of "not yet". */
export function outcomeAnswer(messageId: string, outcome: MessageOutcome | null, pending: 200 | 202): Answer {
  if (!outcome || outcome.status === 'PENDING') return waitingAnswer(messageId, pending);
  return answersTo[outcome.status](messageId, outcome);
}

function unsent(messageId: string, statusCode: number): Answer {
  return { httpStatus: 400, status: 'ERROR', statusCode, metaMessageId: '', messageId, retryAfterSeconds: null };
}

/** Always this shape. Our number is written digit by digit: it may be larger than a JavaScript number is exact. */
export function envelope({ status, statusCode, metaMessageId, messageId }: Answer): string {
  return `{"return":{"status":${JSON.stringify(status)},"status_code":${statusCode},"messageId":${JSON.stringify(metaMessageId)},"cdls_id":${messageId}}}`;
}
