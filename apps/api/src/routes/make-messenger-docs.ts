import { Type } from 'typebox';

/** These schemas describe; they reject nothing. What is wrong with a request is said in the family's own codes. */
const parameters = Type.Object({
  tsid: Type.Optional(
    Type.String({
      description:
        'Account token, 10 to 64 characters. Also accepted: `Authorization: Bearer`, HTTP Basic, `sid`. A parameter beats the header; an empty one counts as not sent.',
    }),
  ),
  sid: Type.Optional(Type.String({ description: 'Session id, interchangeable with `tsid`, which wins.' })),
  app_id: Type.Optional(
    Type.Union([Type.Integer(), Type.String()], { description: 'The Messenger line. Required here or as `v8l_id`.' }),
  ),
  v8l_id: Type.Optional(Type.Union([Type.Integer(), Type.String()], { description: 'Older name of `app_id`.' })),
  dest: Type.Optional(
    Type.Union([Type.String(), Type.Integer()], {
      description:
        'Recipient PSID, 1 to 64 characters, required. Spaces around it are removed; longer ones answer 220. JSON numbers keep their digits.',
    }),
  ),
  mtype: Type.Optional(
    Type.String({
      description: '`text` (default), `image`, `audio`, `video`, `file` or `document`, in any case.',
    }),
  ),
  mdata: Type.Optional(
    Type.String({
      description:
        'Required: text of up to 2000 characters, or the absolute http(s) URL of the media, up to 2048. Characters are Unicode code points.',
    }),
  ),
  mcaption: Type.Optional(
    Type.String({ description: 'Logged (cut at 2000 characters), not sent: Messenger has no captions.' }),
  ),
  msg_id: Type.Optional(
    Type.String({ description: 'Your reference, logged (cut at 255 characters). Never used to suppress duplicates.' }),
  ),
  httpdup: Type.Optional(
    Type.Union([Type.Integer(), Type.String()], {
      description:
        'Duplicate window in seconds, 0 (default, off) to 600. A larger number counts as 600, anything that is no number as 0.',
    }),
  ),
  validity: Type.Optional(
    Type.Union([Type.Integer(), Type.String()], {
      description:
        'Seconds after which an unsent message expires, at most 86400. Default: 600 for a synchronous send, the line’s own for an asynchronous one. Anything that is no positive number means the default.',
    }),
  ),
  on_unknown: Type.Optional(
    Type.String({
      description:
        'When Graph’s answer never came: `hold` keeps the outcome unknown until there is evidence, `resend` sends again and accepts that it may arrive twice. Default: the line’s own, which is `hold` unless its operator said otherwise. Any other word means the default.',
    }),
  ),
  async: Type.Optional(
    Type.Union([Type.Boolean(), Type.Integer(), Type.String()], {
      description:
        '`1` or `true`: answer 202 as soon as the message is safely queued. Anything else: wait for the outcome.',
    }),
  ),
});

const headers = Type.Object({
  'x-request-id': Type.Optional(
    Type.String({
      description:
        'Your name for this request: 1 to 128 letters, digits and `_ . : -`. The answer carries it, else one made here.',
    }),
  ),
  traceparent: Type.Optional(
    Type.String({ description: 'W3C trace context, gone on from where the operator traces.' }),
  ),
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description:
        'The same key with the same parameters joins or replays for 24 hours; with other parameters it is 422.',
    }),
  ),
  prefer: Type.Optional(
    Type.String({
      description:
        '`respond-async` is the same as `async=1`; `wait=N` shortens the synchronous wait to N seconds. With both, nobody waits.',
    }),
  ),
});

const envelope = (description: string) =>
  Type.Object(
    {
      return: Type.Object({
        status: Type.String(),
        status_code: Type.Integer(),
        messageId: Type.String({ description: 'Meta’s message id, or empty.' }),
        cdls_id: Type.Integer({ description: 'The row in the log; 0 when the request was refused.' }),
      }),
    },
    { description },
  );

const docs = {
  summary: 'Send one message',
  description: [
    'Parameters may stand in the query, in a form (the default), in JSON or in the fields of a multipart form; the query wins, and of several equal names the last one counts.',
    'The checks run in this order and the first that fails answers: authentication (199, 131, 100 or 130, 132, 102 or 140, 198, 110, 142, 123), then 210, 220, 225, 226, 227, 228, 230, 233, 234, 244.',
    'Unknown parameters are ignored. Arrays and objects as values count as not sent.',
  ].join('\n\n'),
  tags: ['MakeMessenger'],
  headers,
  security: [{ tsid: [] }, { bearer: [] }, { basic: [] }],
  response: {
    200: envelope('`OK`: Graph accepted it. `WR`, status_code 1: no final outcome yet; `Location` says where to look.'),
    202: envelope('`WR`, status_code 1: safely queued; `Location` says where to look.'),
    400: envelope(
      'Refused by validation (cdls_id 0), or `ERROR`: Graph refused it, or it was never sent (status_code 0).',
    ),
    401: envelope('Refused by authentication.'),
    413: envelope('`bad request`: the body is larger than 64 KiB.'),
    422: envelope('This Idempotency-Key was used with other parameters.'),
    429: envelope(
      '`queue full`: the line’s backlog is over its horizon, or the turn of a synchronous send would come later than its wait. Nothing was written; come again after `Retry-After` seconds.',
    ),
    503: envelope('`unavailable`: nothing was sent and nothing will be; come again after `Retry-After` seconds.'),
  },
};

export const makeMessengerDocs = {
  get: { ...docs, operationId: 'makeMessengerByQuery', querystring: parameters },
  post: {
    ...docs,
    operationId: 'makeMessenger',
    consumes: ['application/x-www-form-urlencoded', 'application/json', 'multipart/form-data'],
    body: parameters,
  },
};
