import { once } from 'node:events';
import { Pool } from 'undici';
import { destOf } from '../dests.ts';
import { readOrder, say } from '../own-process.ts';

export interface BareUndiciOrder {
  graphUrl: string;
  pageToken: string;
  concurrency: number;
  text: string;
}

/** How fast one process can call Graph when it does nothing else: told how many and from whom on, it calls at once. */
const { graphUrl, pageToken, concurrency, text } = readOrder<BareUndiciOrder>();
const pool = new Pool(graphUrl, { connections: concurrency, pipelining: 1 });
const headers = { 'content-type': 'application/json', authorization: `Bearer ${pageToken}` };

async function callGraph(number: number): Promise<void> {
  const metadata = JSON.stringify({ cdls_id: String(number), attempt: 1 });
  const body = { recipient: { id: destOf(number) }, messaging_type: 'UPDATE', message: { text, metadata } };
  const answer = await pool.request({
    method: 'POST',
    path: '/v26.0/me/messages',
    headers,
    body: JSON.stringify(body),
  });
  const said = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${said}`);
}

say({ ready: true });
for (;;) {
  const [{ firstDest, count }] = (await once(process, 'message')) as [{ firstDest: number; count: number }];
  let next = 0;
  const loops = Array.from({ length: concurrency }, async () => {
    while (next < count) {
      next += 1;
      await callGraph(firstDest + next - 1);
    }
  });
  await Promise.all(loops);
  say({ done: true });
}
