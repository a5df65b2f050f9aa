import { createCustomer } from '@pombo/db/customers.ts';
import { openDatabase } from '@pombo/db/database.ts';
import { createLine } from '@pombo/db/lines.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { openSeal } from '@pombo/db/seal.ts';
import { addToken, tokenExists } from '@pombo/db/tokens.ts';

export const demoLine = '1234';

/** Messages per second, as new lines have it. */
const demoPace = 40;

/**
 * A customer, its token and line 1234, once. `kept` when they are there; `number_taken` when line 1234 is somebody
 * else's already, and the demo has no line.
 */
export async function seedDemo(
  databaseUrl: string,
  sealKeys: readonly string[],
  tsid: string,
): Promise<'made' | 'kept' | 'number_taken'> {
  const database = openDatabase({
    url: databaseUrl,
    poolSize: 2,
    name: 'pombo start',
    connectTimeoutMs: 10_000,
    onError: () => {},
  });
  const prisma = openPrisma(database);
  try {
    if (await tokenExists(prisma, tsid)) return 'kept';
    const customerId = await createCustomer(prisma, 'Demo');
    const line = await createLine(prisma, openSeal(sealKeys.map((key) => Buffer.from(key, 'base64'))), {
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
    await addToken(prisma, customerId, tsid, { maySend: true });
    return line.kind === 'created' ? 'made' : 'number_taken';
  } finally {
    await prisma.$disconnect();
    await database.close();
  }
}
