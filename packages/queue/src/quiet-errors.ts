import type { QueueLogger } from './queue.ts';

/** Takes an error of the queue's plumbing and says, in a word or two, which part had it. */
export type Report = (part: string, error: unknown) => void;

const silenceMs = 10_000;
const rememberedKinds = 200;

/**
 * A `Report` that logs the first error of a kind and then one line per 10 s with the number left out. A restarting
 * backend makes every connection and every loop fail at once, hundreds of times a second; one line says as much.
 */
export function quietErrors(logger: QueueLogger, now: () => number = Date.now): Report {
  const kinds = new Map<string, { loggedAt: number; leftOut: number }>();

  return (part, error) => {
    const kind = `${part}: ${reasonOf(error)}`;
    const seen = kinds.get(kind);
    if (seen && now() - seen.loggedAt < silenceMs) {
      seen.leftOut += 1;
      return;
    }
    if (kinds.size >= rememberedKinds) kinds.clear();
    kinds.set(kind, { loggedAt: now(), leftOut: 0 });
    logger.warn({ part, reason: reasonOf(error), leftOut: seen?.leftOut ?? 0 }, 'queue trouble');
  };
}

/** Code and message, with ids and numbers taken out, so that the same trouble of two jobs is one kind. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? error.errors[0] : undefined;
  const message = error.message || (inner instanceof Error ? inner.message : error.name);
  return message.replaceAll(/\bm-\d+-\d+(-\d+-[0-9a-f]+)?\b/g, 'm-*').slice(0, 200);
}
