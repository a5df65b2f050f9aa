/** Thrown where a command cannot go on, to be shown as its one sentence, without a stack trace. Exit code 1. */
export class Refusal extends Error {
  override name = 'Refusal';
}

/** What the operating system and PostgreSQL say, as a sentence for people. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  const { code, path } = error as { code?: string; path?: string };
  const explain = code === undefined ? undefined : sentences[code];
  if (explain) return explain(path ?? 'the data folder', error as Error);
  return firstLine(error instanceof Error ? error.message || String(code ?? error.name) : String(error));
}

const sentences: Readonly<Record<string, (path: string, error: Error) => string>> = {
  EACCES: (path) => `No permission for ${path}. Run as a user who may write there, or name another folder with --data.`,
  EPERM: (path) => `No permission for ${path}. Run as a user who may write there, or name another folder with --data.`,
  EROFS: (path) => `${path} is on a read-only file system. Name another folder with --data.`,
  ENOSPC: (path) => `The disk is full: ${path} could not be written. Make room and start again; nothing is lost.`,
  EDQUOT: (path) => `The disk quota is used up: ${path} could not be written. Make room and start again.`,
  ENOTDIR: (path) => `${path} is not a folder.`,
  ECONNREFUSED: (_path, error) =>
    `PostgreSQL does not answer: ${addressOf(error)}. Is it running, and is DATABASE_URL right?`,
  ENOTFOUND: (_path, error) => `The database host is unknown: ${error.message}. Is DATABASE_URL right?`,
  '28P01': () => 'PostgreSQL refused the user or password in DATABASE_URL.',
  '3D000': (_path, error) => `PostgreSQL says: ${error.message}. Create it, or name another in DATABASE_URL.`,
  '42P01': () => 'The database has no tables of this version yet: run `npx pombo migrate`.',
  P2021: () => 'The database has no tables of this version yet: run `npx pombo migrate`.',
  P2022: () => 'The database has no tables of this version yet: run `npx pombo migrate`.',
};

function addressOf(error: Error): string {
  const causes = error instanceof AggregateError ? error.errors.map((cause) => (cause as Error).message) : [];
  return causes[0] ?? error.message;
}

function firstLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? text;
}
