import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

/** Hands every line of a process on, with its name in front and pino's JSON made readable. */
export function followLines(stream: Readable, name: string, print: (line: string) => void): void {
  const lines = createInterface({ input: stream });
  lines.on('line', (line) => {
    if (line.trim() !== '') print(`${name.padEnd(9)} | ${readable(line)}`);
  });
}

/** `12:00:01 info  message key=value …` for a line of pino's; any other line as it is. */
export function readable(line: string): string {
  const entry = parse(line);
  if (entry === null) return line;
  const { level, time, msg, name: _name, pid: _pid, hostname: _host, ...rest } = entry;
  const clock = typeof time === 'string' ? time.slice(11, 19) : '';
  const word = typeof level === 'number' ? (levels[level] ?? String(level)) : String(level);
  const details = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [clock, word.padEnd(5), msg, ...details].filter(Boolean).join(' ');
}

function parse(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null && 'level' in entry ? { ...entry } : null;
  } catch {
    return null;
  }
}
