import { removeSecrets } from './secrets.ts';

/** An error as it may stand in a log: no secrets, and none of the properties libraries hang on errors. */
export interface ErrorFacts {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: ErrorFacts;
  errors?: ErrorFacts[];
}

const deepestCause = 3;
const mostErrors = 5;

/**
 * Keeps type, message, code, stack and causes. Everything else is left out on purpose: drivers attach queries,
 * parameters and whole requests, and with them message text and tokens.
 */
export function describeError(thrown: unknown, depth = 0): ErrorFacts {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: removeSecrets(printed(thrown)) };
  const code = codeOf(thrown);
  const deeper = depth < deepestCause;
  return {
    type: thrown.name,
    message: removeSecrets(thrown.message),
    ...(code !== null && { code }),
    ...(thrown.stack !== undefined && { stack: removeSecrets(thrown.stack) }),
    ...(deeper && thrown.cause !== undefined && { cause: describeError(thrown.cause, depth + 1) }),
    ...(deeper &&
      thrown instanceof AggregateError && {
        errors: thrown.errors.slice(0, mostErrors).map((error) => describeError(error, depth + 1)),
      }),
  };
}

/**
 * The error in a few words for a person. A refused connection to a name with two addresses is an AggregateError
 * with an empty message, so the words may have to come from what is inside.
 */
export function reasonOf(thrown: unknown): string {
  const facts = describeError(thrown);
  const inner = facts.errors?.[0] ?? facts.cause;
  return firstWords(facts) || (inner && firstWords(inner)) || facts.type;
}

function firstWords(facts: ErrorFacts): string {
  return facts.message || (facts.code ?? '');
}

function codeOf(error: Error): string | null {
  const code = 'code' in error ? error.code : null;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : null;
}

function printed(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null ? 'a thrown object that is no Error' : String(thrown);
}
