import type { FastifyRequest } from 'fastify';

/** The number of the line in `/lines/:line`; null when it can be none. */
export function lineIdIn({ params }: FastifyRequest): string | null {
  const { line } = params as { line?: string };
  return line !== undefined && /^[1-9]\d{0,17}$/.test(line) ? line : null;
}

/** The page of a line, with what it is to say once. */
export function linePath(lineId: string, said: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(said).toString();
  return query === '' ? `/lines/${lineId}` : `/lines/${lineId}?${query}`;
}
