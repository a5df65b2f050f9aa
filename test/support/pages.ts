import { randomBytes, randomInt } from 'node:crypto';
import { setLineToken } from '@pombo/db/lines.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { openSeal } from '@pombo/db/seal.ts';
import type { House } from './house.ts';
import { testActor } from './test-actor.ts';
import { createTestLine } from './test-line.ts';

/** A line of the house, and the page it is at the simulator, so that weather and ledger can be asked about it alone. */
export interface Page {
  readonly lineId: string;
  readonly pageId: string;
  readonly token: string;
}

export interface Pages {
  /** @param pace messages per second; 0: no pace */
  add(pace: number): Promise<Page>;
  /** What `npx pombo line set-token` does, with another token of the same page. */
  giveNewToken(page: Page): Promise<void>;
}

export function openPages({ database, environment, customerId }: House): Pages {
  const prisma = openPrisma(database);
  const seal = openSeal([Buffer.from(environment.SEAL_KEY ?? '', 'base64')]);
  return {
    async add(pace) {
      const pageId = String(randomInt(1e12, 9e12));
      const token = newTokenOf(pageId);
      const lineId = await createTestLine(prisma, { customerId, pageId, pageToken: token, pace }, seal);
      return { lineId, pageId, token };
    },
    async giveNewToken({ lineId, pageId }) {
      const known = await setLineToken(prisma, testActor, seal, lineId, newTokenOf(pageId));
      if (!known) throw new Error(`no line ${lineId}`);
    },
  };
}

function newTokenOf(pageId: string): string {
  return `EAA_page_${pageId}_${randomBytes(12).toString('hex')}`;
}
