import { refusals } from '@pombo/domain/refusal.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isOrdinaryTrouble, refusalOfFault } from '../faults.ts';
import { type Problem, sendProblem } from '../problem.ts';

/** What is thrown on the way to an answer becomes a problem. */
export function answerFaults(app: FastifyInstance, logger: Logger, what: string): void {
  app.setErrorHandler((error: Error, request, reply) =>
    sendProblem(reply, problemOfFault(error, request, logger, what)),
  );
}

/** What may be our fault is logged. */
export function problemOfFault(error: Error, request: FastifyRequest, logger: Logger, what: string): Problem {
  if (!isOrdinaryTrouble(error)) logger.error({ err: error, requestId: request.id }, what);
  const { httpStatus, status } = refusals[refusalOfFault(error)];
  return { status: httpStatus, title: status };
}
