/** What a caller may call its request: nothing a header, a log or a search would have to quote. */
const fit = /^[\w.:-]{1,128}$/;

/**
 * The name of each request: the one its caller gave it in `X-Request-Id`, if it is fit for a log, else a new one.
 * `processId` tells the processes apart, also those that were here before.
 */
export function openRequestIds(processId: string): (header: string | readonly string[] | undefined) => string {
  let count = 0;
  return (header) => {
    if (typeof header === 'string' && fit.test(header)) return header;
    count += 1;
    return `${processId}.${count.toString(36)}`;
  };
}
