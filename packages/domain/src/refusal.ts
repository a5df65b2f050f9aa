/** Why the door refused a request, before any row was written. Codes and words are the family's; see the contract. */
export interface Refusal {
  httpStatus: 400 | 401 | 413 | 422 | 429 | 503;
  status: string;
  statusCode: number;
}

const validation = (statusCode: number, status: string): Refusal => ({ httpStatus: 400, status, statusCode });
const authentication = (statusCode: number, status: string): Refusal => ({ httpStatus: 401, status, statusCode });

export const refusals = {
  noCredentials: authentication(100, 'fail authentication'),
  tokenNotFound: authentication(102, 'SID not found'),
  accountInactive: authentication(110, 'account inactive'),
  permissionDenied: authentication(123, 'permission denied'),
  noUserOrPassword: authentication(130, 'no user/pass'),
  ipTrialsExceeded: authentication(131, 'IP trials exceeded'),
  userTrialsExceeded: authentication(132, 'user trials exceeded'),
  wrongPassword: authentication(140, 'invalid user/pass'),
  ipNotAllowed: authentication(142, 'IP not allowed'),
  tokensBlocked: authentication(198, 'tokens blockeds'),
  ipBlocked: authentication(199, 'IP blocked'),
  noAppId: validation(210, 'No app_id'),
  noDest: validation(220, 'No dest'),
  noMdata: validation(225, 'No mdata'),
  invalidMtype: validation(226, 'Invalid mtype'),
  mdataTooLong: validation(227, 'mdata too long'),
  invalidMdataUrl: validation(228, 'Invalid mdata URL'),
  lineNotFound: validation(230, 'Messenger line not found'),
  noPageToken: validation(233, 'No page access token'),
  noPageId: validation(234, 'No page ID'),
  duplicate: validation(244, 'http duplicidade'),
  badRequest: { httpStatus: 400, status: 'bad request', statusCode: 400 },
  bodyTooLarge: { httpStatus: 413, status: 'bad request', statusCode: 413 },
  keyReused: { httpStatus: 422, status: 'idempotency key reused', statusCode: 422 },
  queueFull: { httpStatus: 429, status: 'queue full', statusCode: 429 },
  unavailable: { httpStatus: 503, status: 'unavailable', statusCode: 503 },
} as const satisfies Record<string, Refusal>;

export type RefusalName = keyof typeof refusals;
