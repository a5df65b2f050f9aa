import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readNewPassword } from './password-source.ts';
import type { Terminal } from './terminal.ts';

function fakeTerminal(isTTY: boolean) {
  const shown: string[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: () => {} });
  const terminal: Terminal = {
    out: (line) => void shown.push(line),
    err: (line) => void shown.push(line),
    prompt: (question) => {
      shown.push(question);
      setImmediate(() => stdin.write(answers.shift() ?? '\u0003'));
    },
    stdin,
    stdout: new PassThrough().on('data', (chunk) => shown.push(String(chunk))),
    onInterrupt: () => {},
  };
  const answers: string[] = [];
  return { terminal, stdin, shown, answers };
}

test('a terminal is asked twice, and shows nothing of the answer', async () => {
  const { terminal, shown, answers } = fakeTerminal(true);
  answers.push('correio é pombo\r', 'correio é pombo\r');
  expect(await readNewPassword(terminal, 'ana')).toBe('correio é pombo');
  expect(shown).toEqual(['Password for ana: ', '', 'Once more: ', '']);
});

test('two answers that differ are no password, and neither is a Ctrl-C', async () => {
  const differing = fakeTerminal(true);
  differing.answers.push('correio é pombo\r', 'correio e pombo\r');
  await expect(readNewPassword(differing.terminal, 'ana')).rejects.toThrow('They are not the same.');
  await expect(readNewPassword(fakeTerminal(true).terminal, 'ana')).rejects.toThrow('No password was given.');
});

test.each([
  ['correio é pombo\nanother line\n', 'correio é pombo'],
  ['correio é pombo\r\n', 'correio é pombo'],
  [' spaces count ', ' spaces count '],
])('from elsewhere %j is the password %j', async (said, expected) => {
  const { terminal, stdin, shown } = fakeTerminal(false);
  stdin.end(said);
  expect(await readNewPassword(terminal, 'ana')).toBe(expected);
  expect(shown).toEqual([]);
});

test('nothing at all is a refusal', async () => {
  const { terminal, stdin } = fakeTerminal(false);
  stdin.end();
  await expect(readNewPassword(terminal, 'ana')).rejects.toThrow('no password on standard input');
});
