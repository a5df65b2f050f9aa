import { randomBytes } from 'node:crypto';
import { createLine, type NewLine } from '@pombo/db/lines.ts';
import type { Prisma } from '@pombo/db/prisma.ts';
import { openSeal, type Seal } from '@pombo/db/seal.ts';
import { testActor } from './test-actor.ts';

/** A line without a pace, with what a test cares about put over it. Sealed with `seal` where somebody has to open it. */
export async function createTestLine(
  prisma: Prisma,
  over: Partial<NewLine> & Pick<NewLine, 'customerId'>,
  seal: Seal = openSeal([randomBytes(32)]),
): Promise<string> {
  const line = await createLine(prisma, testActor, seal, {
    lineId: null,
    class: 'messenger',
    name: 'test page',
    pageId: '100200300',
    pageToken: `EAAtest${randomBytes(12).toString('hex')}`,
    pace: 0,
    appId: null,
    appSecret: null,
    ...over,
  });
  if (line.kind !== 'created') throw new Error(line.kind);
  return line.lineId;
}
