import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Refusal } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/**
 * A password for somebody, never as an argument, which whoever lists the processes would see: asked for twice on a
 * terminal and not shown there, else the first line of standard input.
 */
export async function readNewPassword(terminal: Terminal, whose: string): Promise<string> {
  if (!terminal.stdin.isTTY) return firstLineOf(terminal);
  const password = await askUnseen(terminal, `Password for ${whose}: `);
  if (password === (await askUnseen(terminal, 'Once more: '))) return password;
  throw new Refusal('They are not the same.');
}

async function firstLineOf({ stdin }: Terminal): Promise<string> {
  const lines = createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) return line;
  throw new Refusal('There was no password on standard input.');
}

async function askUnseen(terminal: Terminal, question: string): Promise<string> {
  terminal.prompt(question);
  // A terminal whose keys come one by one shows none of them by itself, and what would be shown instead goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, written) => written() });
  const lines = createInterface({ input: terminal.stdin, output: nowhere, terminal: true });
  try {
    // Ctrl-C ends the question, Ctrl-D only the interface.
    const noAnswer = once(lines, 'close').then(() => null);
    const answer = await Promise.race([lines.question('').catch(() => null), noAnswer]);
    if (answer === null) throw new Refusal('No password was given.');
    return answer;
  } finally {
    lines.close();
    terminal.err('');
  }
}
