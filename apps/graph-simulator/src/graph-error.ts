/** An error as Graph would put it, before it is dressed as an HTTP answer. */
export interface GraphError {
  code: number;
  subcode?: number;
  message?: string;
  type?: string;
  transient?: boolean;
  /** Without it the status Meta is seen to use for this code. */
  httpStatus?: number;
  /** Further headers, for example the usage headers of a throttle. */
  headers?: Readonly<Record<string, string>>;
}

const forbidden = new Set([10, 200, 230]);
const faults = new Set([-1, 1, 2, 1200]);

/** Meta documents no status per code; these are the ones seen in captures. */
export function statusOf(error: GraphError): number {
  if (error.httpStatus !== undefined) return error.httpStatus;
  if (faults.has(error.code)) return 500;
  return forbidden.has(error.code) ? 403 : 400;
}

/** Words for the codes that have well-known ones; the client must not depend on them, people like to read them. */
const messages: Readonly<Record<string, string>> = {
  '-1': '(#-1) Unexpected internal error',
  '1': 'An unknown error occurred',
  '1/1357046': 'Received Invalid JSON reply.',
  '2': 'Service temporarily unavailable',
  '4': '(#4) Application request limit reached',
  '10/2018278': '(#10) This message is sent outside of allowed window.',
  '100/2018001': '(#100) No matching user found',
  '100/2018008': '(#100) Failed to fetch the file from the url',
  '100/2018047': '(#100) Upload attachment failure.',
  '100/2018074': '(#100) Invalid or unowned attachment id',
  '100/2018109': '(#100) Attachment size exceeds allowable limit',
  '190': 'Invalid OAuth access token.',
  '190/463': 'Error validating access token: Session has expired.',
  '200/1545041': "(#200) This person isn't available right now.",
  '230': '(#230) Requires pages_messaging permission to manage the object',
  '368': '(#368) The action attempted has been deemed abusive or is otherwise disallowed',
  '551': "(#551) This person isn't available right now.",
  '551/1545041': "(#551) This person isn't available right now.",
  '613': '(#613) Calls to this api have exceeded the rate limit.',
  '1200': '(#1200) Temporary send message failure. Please try again later.',
  '2022': '(#2022) Sending messages is temporarily disabled for this Page.',
  '80006': '(#80006) There have been too many calls to this Messenger account. Wait a bit and try again.',
};

export function messageOf({ code, subcode, message }: GraphError): string {
  return message ?? messages[`${code}/${subcode}`] ?? messages[`${code}`] ?? `(#${code}) An error of the simulator's`;
}
