import { filledText } from '../../test/support/fill-backlog.ts';
import type { CallOrder } from './call.ts';

interface Gateway {
  /** Where it answers: ours, or a baseline that answers as ours does. */
  url: string;
  token: string;
  lineId: string;
}

type Question = Pick<CallOrder, 'url' | 'path' | 'token' | 'body' | 'expected'>;

/** What callers ask who want the outcome. */
export function waitingFor(gateway: Gateway): Question {
  return { ...asking(gateway, ''), expected: { status: 200, text: '"status":"OK"' } };
}

/** What callers ask who do not wait. */
export function handingTo(gateway: Gateway): Question {
  return { ...asking(gateway, '"async":1,'), expected: { status: 202, text: '"status":"WR"' } };
}

function asking({ url, token, lineId }: Gateway, more: string): Omit<Question, 'expected'> {
  const before = `{"app_id":${lineId},${more}"mdata":"${filledText}","dest":"`;
  return { url, token, path: '/api/v2/MakeMessenger.php', body: { before, after: '"}' } };
}
