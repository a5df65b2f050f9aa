import type { LoggedAttempt, LoggedMessage } from '@pombo/db/message-log.ts';
import { Type } from 'typebox';
import { nullable } from './nullable.ts';

export const messageSchema = Type.Object({
  cdls_id: Type.Integer(),
  line: Type.Integer(),
  dest: Type.String(),
  mtype: Type.String(),
  mdata: Type.String(),
  mcaption: nullable('string'),
  msg_id: nullable('string'),
  campaign: nullable('integer', 'The campaign it was sent by.'),
  lane: Type.String({ description: '`now`: somebody waited. `bulk`: asynchronous.' }),
  status: Type.String({ description: '`PENDING`, `OK`, `ERROR`, `WR` (outcome unknown) or `CANCELED`.' }),
  state: nullable('string', 'Where an unfinished message is: backlog, released, sending or unknown.'),
  return_code: nullable('integer', 'Graph’s HTTP status; 0 when it was never sent.'),
  message_id: nullable('string', 'Meta’s message id.'),
  return_log: nullable('string'),
  status_delivery: nullable('string'),
  on_unknown: Type.String(),
  attempts: Type.Integer(),
  created_at: Type.String({ format: 'date-time' }),
  expires_at: Type.String({ format: 'date-time' }),
  settled_at: nullable('string'),
});

const attemptSchema = Type.Object({
  number: Type.Integer(),
  opened_at: Type.String({ format: 'date-time' }),
  closed_at: nullable('string'),
  outcome: nullable('string'),
  http_status: nullable('integer'),
  code: nullable('integer'),
  subcode: nullable('integer'),
  fbtrace_id: nullable('string'),
  text: nullable('string'),
  total_ms: nullable('integer'),
});

export const messageWithAttemptsSchema = Type.Object({
  ...messageSchema.properties,
  attempt_list: Type.Array(attemptSchema),
});

/** A row in the words of the API. Numbers of rows stay exact: the serializer writes a bigint digit by digit. */
export function messageView(message: LoggedMessage) {
  return {
    cdls_id: BigInt(message.messageId),
    line: BigInt(message.lineId),
    dest: message.dest,
    mtype: message.type,
    mdata: message.data,
    mcaption: message.caption,
    msg_id: message.reference,
    // Drawn one by one, so far from where a number would be rounded; where `null` may stand the serializer takes no bigint.
    campaign: message.campaignId === null ? null : Number(message.campaignId),
    lane: message.lane,
    status: message.status,
    state: message.state,
    return_code: message.returnCode,
    message_id: message.returnId,
    return_log: message.returnLog,
    status_delivery: message.statusDelivery,
    on_unknown: message.onUnknown,
    attempts: message.attemptCount,
    created_at: message.createdAt.toISOString(),
    expires_at: message.expiresAt.toISOString(),
    settled_at: message.settledAt?.toISOString() ?? null,
  };
}

export function attemptView(attempt: LoggedAttempt) {
  return {
    number: attempt.number,
    opened_at: attempt.openedAt.toISOString(),
    closed_at: attempt.closedAt?.toISOString() ?? null,
    outcome: attempt.outcome,
    http_status: attempt.httpStatus,
    code: attempt.code,
    subcode: attempt.subcode,
    fbtrace_id: attempt.fbtraceId,
    text: attempt.text,
    total_ms: attempt.totalMs,
  };
}
