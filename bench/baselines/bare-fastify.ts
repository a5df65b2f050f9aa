import { fastify } from 'fastify';
import { readOrder, say } from '../own-process.ts';
import { type MakeMessengerBody, makeMessengerSchema } from './make-messenger-schema.ts';

/** What Fastify can do: it reads, checks and answers, and asks nobody. */
const { tsid } = readOrder<{ tsid: string }>();
const app = fastify();
let lastId = 0;

app.post<{ Body: MakeMessengerBody }>(
  '/api/v2/MakeMessenger.php',
  { schema: makeMessengerSchema },
  async (request, reply) => {
    if (request.headers.authorization !== `Bearer ${tsid}`) return reply.code(401).send();
    lastId += 1;
    return reply.code(202).send({ return: { status: 'WR', status_code: 1, messageId: '', cdls_id: lastId } });
  },
);

say({ url: await app.listen({ host: '127.0.0.1', port: 0 }) });
