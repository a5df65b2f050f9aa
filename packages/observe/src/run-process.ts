import { writeSync } from 'node:fs';
import { reasonOf } from './describe-error.ts';
import type { Logger } from './logger.ts';
import { createStopList, type StopList } from './stop-list.ts';

export interface ProcessOptions {
  /** How the process calls itself in the log: `api`, `worker`, … */
  name: string;
  logger: Logger;
  /** How long stopping may take as a whole, in milliseconds. What is not done by then is cut off. */
  deadlineMs: number;
  /** Takes the steps in order and tells the list how to undo each one. */
  start: (stops: StopList) => Promise<void>;
}

/**
 * The life of one process. Start in order; on SIGTERM or SIGINT stop in reverse, under the deadline, and exit 0
 * (1 when a step would not stop). A second signal exits at once. What nobody caught is logged, and the process
 * exits 1 without draining, because nobody knows what state it is in; the rows know what it was doing.
 */
export async function runProcess({ name, logger, deadlineMs, start }: ProcessOptions): Promise<void> {
  const { list, stopAll } = createStopList();

  const stop = async (signal: NodeJS.Signals) => {
    if (list.stopping.aborted) process.exit(1);
    logger.info({ signal }, `${name} is stopping`);
    const faults = await stopAll(deadlineMs);
    for (const fault of faults) logger.error(fault);
    logger.info(`${name} has stopped`);
    process.exit(faults.length === 0 ? 0 : 1);
  };
  const fall = (err: unknown) => {
    logger.fatal({ err }, `${name} ends after an error nobody caught`);
    process.exit(1);
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  process.on('uncaughtException', fall).on('unhandledRejection', fall);

  try {
    await start(list);
    if (!list.stopping.aborted) logger.info(`${name} is up`);
  } catch (err) {
    // A step that fails because stopping has begun is no failed start.
    if (list.stopping.aborted) return;
    logger.debug({ err }, 'where the start failed');
    await stopAll(deadlineMs);
    refuseToStart(name, [reasonOf(err)]);
  }
}

/** Says on standard error why the process does not start, one sentence per line and no stack trace, and exits 1. */
export function refuseToStart(name: string, reasons: readonly string[]): never {
  writeSync(2, reasons.map((reason) => `pombo ${name} does not start: ${reason}\n`).join(''));
  process.exit(1);
}
