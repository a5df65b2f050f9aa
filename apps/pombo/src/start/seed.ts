import { createCustomer } from '@pombo/db/customers.ts';
import { openDatabase } from '@pombo/db/database.ts';
import { createLine } from '@pombo/db/lines.ts';
import { anyOperator } from '@pombo/db/operators.ts';
import { openPrisma, type Prisma } from '@pombo/db/prisma.ts';
import { openSeal } from '@pombo/db/seal.ts';
import { addToken, tokenExists } from '@pombo/db/tokens.ts';
import { commandActor } from '../command-actor.ts';

export const demoLine = '1234';

/** Messages per second, as new lines have it. */
const demoPace = 40;

export interface Seeded {
  /** `kept` when the demo is there; `number_taken` when line 1234 is somebody else's already, and the demo has no line. */
  demo: 'made' | 'kept' | 'number_taken';
  /** Whether somebody can sign in to the console. */
  anyOperator: boolean;
}

/** A customer, its token and line 1234, once. */
export async function seedDemo(databaseUrl: string, sealKeys: readonly string[], tsid: string): Promise<Seeded> {
  const database = openDatabase({
    url: databaseUrl,
    poolSize: 2,
    name: 'pombo start',
    connectTimeoutMs: 10_000,
    onError: () => {},
  });
  const prisma = openPrisma(database);
  try {
    return { demo: await makeDemo(prisma, sealKeys, tsid), anyOperator: await anyOperator(prisma) };
  } finally {
    await prisma.$disconnect();
    await database.close();
  }
}

async function makeDemo(prisma: Prisma, sealKeys: readonly string[], tsid: string): Promise<Seeded['demo']> {
  if (await tokenExists(prisma, tsid)) return 'kept';
  const by = commandActor();
  const customerId = await createCustomer(prisma, by, 'Demo');
  const line = await createLine(prisma, by, openSeal(sealKeys.map((key) => Buffer.from(key, 'base64'))), {
    customerId,
    lineId: demoLine,
    class: 'messenger',
    name: 'Demo page',
    pageId: '100000000000001',
    pageToken: 'EAA_page_100000000000001_demo',
    pace: demoPace,
    appId: null,
    appSecret: null,
  });
  // The token last: it says that the rest is there.
  await addToken(prisma, by, customerId, tsid, { maySend: true });
  return line.kind === 'created' ? 'made' : 'number_taken';
}
