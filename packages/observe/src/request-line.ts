import type { Logger } from './logger.ts';

/** What can be said of any request once its answer is out. */
export interface AnsweredRequest {
  /** From `openRequestIds`. */
  requestId: string;
  method: string;
  /** The pattern, never the URL: a query may hold a token and a message, and a path the number of a person. */
  route: string | undefined;
  status: number;
  tookMs: number;
  /** A machine asks again and again, such as a balancer, and that it was answered is no news. */
  routine: boolean;
}

/** One wide line: the request, and what was learned about it while it was answered. */
export function logRequest(logger: Logger, answered: AnsweredRequest, facts: object): void {
  const level = levelOf(answered);
  if (!logger.isLevelEnabled(level)) return;
  const { requestId, method, route = 'unknown', status, tookMs } = answered;
  logger[level]({ requestId, method, route, status, ms: Math.round(tookMs * 10) / 10, ...facts }, 'request');
}

function levelOf({ status, routine }: AnsweredRequest): 'debug' | 'info' | 'warn' {
  if (status >= 500) return 'warn';
  return routine ? 'debug' : 'info';
}

/** The probes of a balancer, on every process. */
export function isProbe(route: string | undefined): boolean {
  return route === '/healthz' || route === '/readyz';
}
