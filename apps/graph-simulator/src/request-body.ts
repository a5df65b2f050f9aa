import type { IncomingMessage } from 'node:http';

const largestBytes = 256 * 1024;

/** The whole body as text; `null` when it is larger than anything the Send API takes. */
export function readBody(request: IncomingMessage, done: (text: string | null) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= largestBytes) chunks.push(chunk);
  });
  request.on('end', () =>
    done(
      bytes > largestBytes ? null : ((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString('utf8') ?? ''),
    ),
  );
}

/** Those of the body, and those of the address that the body does not name. */
export function parametersOf(
  request: IncomingMessage,
  text: string | null,
  address: URLSearchParams,
): Record<string, unknown> {
  const parameters = text === null ? {} : parseParameters(text, request.headers['content-type'] ?? 'application/json');
  for (const [name, value] of address) parameters[name] ??= value;
  return parameters;
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** JSON, or a form whose object values are JSON. Anything else is an empty set of parameters. */
function parseParameters(text: string, contentType: string): Record<string, unknown> {
  const value = contentType.startsWith('application/x-www-form-urlencoded') ? parseForm(text) : parseJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function parseForm(text: string): Record<string, unknown> {
  const structured = new Set(['recipient', 'message']);
  const pairs = [...new URLSearchParams(text)];
  return Object.fromEntries(pairs.map(([name, value]) => [name, structured.has(name) ? parseJson(value) : value]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
