import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Answer, done, refused } from '../answer.ts';
import { type Api, ask, posting } from '../api.ts';
import { Refusal } from '../refusal.ts';
import type { Terminal } from '../terminal.ts';
import { unreadable } from './list-source.ts';
import { grouped } from './progress.ts';

/** As many as one request may name. */
const most = 10_000;

/** Puts recipients on the exclusion list, or takes them from it. What was done before a fault stays done. */
export async function changeExclusions(
  api: Api,
  change: 'add' | 'remove',
  words: readonly string[],
  terminal: Terminal,
): Promise<Answer> {
  let changed = 0;
  let given = 0;
  try {
    for await (const dests of batches(recipientsIn(words, terminal))) {
      const path = change === 'add' ? '/v1/exclusions' : '/v1/exclusions/remove';
      const { added, removed } = await ask<{ added?: number; removed?: number }>(api, path, posting({ dests }));
      changed += added ?? removed ?? 0;
      given += dests.length;
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const sofar = given === 0 ? '' : ` The ${grouped(given)} before are done.`;
    return refused(`${error.message}${sofar}`, { given, [`${change === 'add' ? 'added' : 'removed'}`]: changed });
  }
  if (change === 'add')
    return done(
      { added: changed },
      `${grouped(changed)} more on the exclusion list; ${grouped(given - changed)} were on it.`,
    );
  return done(
    { removed: changed },
    `${grouped(changed)} taken from the exclusion list; ${grouped(given - changed)} were not on it.`,
  );
}

/** PSIDs as they are, and those in files and on standard input, one per line. */
async function* recipientsIn(words: readonly string[], terminal: Terminal): AsyncGenerator<string> {
  for (const word of words) {
    if (isPsid(word)) yield word;
    else if (word === '-') yield* recipientsOn(terminal.stdin, 'standard input');
    else yield* recipientsOn(createReadStream(word), word);
  }
}

async function* recipientsOn(stream: Readable, name: string): AsyncGenerator<string> {
  let number = 0;
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      const dest = line.replace(/^\uFEFF/, '').trim();
      const isHeading = number === 1 && /^"?(psid|dest)"?$/i.test(dest);
      if (dest === '' || isHeading) continue;
      if (!isPsid(dest)) throw new Refusal(`Line ${number} of ${name} is not a PSID: these are digits, one per line.`);
      yield dest;
    }
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(unreadable(name, error));
  } finally {
    stream.destroy();
  }
}

function isPsid(word: string): boolean {
  return /^\d+$/.test(word);
}

async function* batches(recipients: AsyncIterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const recipient of recipients) {
    if (batch.push(recipient) < most) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

interface Excluded {
  dest: string;
  created_at: string;
}

/** Every excluded recipient, page after page. */
export async function* listExclusions(api: Api): AsyncGenerator<Excluded> {
  let after: string | null = null;
  do {
    const query: string = after === null ? '' : `?after=${encodeURIComponent(after)}`;
    const page = await ask<{ exclusions: Excluded[]; next: string | null }>(api, `/v1/exclusions${query}`);
    yield* page.exclusions;
    after = page.next;
  } while (after !== null);
}
