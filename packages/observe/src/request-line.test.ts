import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { isProbe, logRequest } from './request-line.ts';

const answered = { requestId: 'r.1', method: 'GET', route: '/x/:id', status: 200, tookMs: 1.26, routine: false };

function loggedAt(level: string, over: Partial<typeof answered>): Record<string, unknown> | null {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', level, stream: { write: (line) => void lines.push(line) } });
  logRequest(logger, { ...answered, ...over }, { customerId: '7' });
  return lines[0] === undefined ? null : JSON.parse(lines[0]);
}

it('is one line with the request and what was learned', () => {
  expect(loggedAt('info', {})).toMatchObject({
    level: 30,
    msg: 'request',
    requestId: 'r.1',
    method: 'GET',
    route: '/x/:id',
    status: 200,
    ms: 1.3,
    customerId: '7',
  });
});

it('says routine only to whoever looks closely, and a failure of ours in any case', () => {
  expect(loggedAt('info', { routine: true })).toBeNull();
  expect(loggedAt('debug', { routine: true })).toMatchObject({ level: 20 });
  expect(loggedAt('info', { routine: true, status: 503 })).toMatchObject({ level: 40 });
});

it('knows the probes', () => {
  expect(['/healthz', '/readyz', '/', undefined].map(isProbe)).toEqual([true, true, false, false]);
});
