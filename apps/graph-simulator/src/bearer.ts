import type { IncomingMessage } from 'node:http';

/** The token in the Authorization header. */
export function bearerOf(request: IncomingMessage): string | null {
  return /^(?:Bearer|OAuth)\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}
