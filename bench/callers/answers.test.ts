import { describe, expect, it } from 'vitest';
import { readAnswers } from './answers.ts';

const first = 'HTTP/1.1 202 Accepted\r\nContent-Length: 4\r\nx: y\r\n\r\nhaus';
const second = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length:2\r\n\r\nno';

function read(...chunks: string[]): [number, string][] {
  const found: [number, string][] = [];
  const take = readAnswers(({ status, body }) => found.push([status, body.toString()]));
  for (const chunk of chunks) take(Buffer.from(chunk));
  return found;
}

describe('answers of one connection', () => {
  it('are read in whatever pieces they come', () => {
    const wanted = [
      [202, 'haus'],
      [503, 'no'],
    ];
    expect(read(first + second)).toEqual(wanted);
    expect(read(...(first + second).split(''))).toEqual(wanted);
    expect(read(first.slice(0, 40), first.slice(40) + second)).toEqual(wanted);
  });

  it('are not handed over before they are whole', () => {
    expect(read(first.slice(0, -1))).toEqual([]);
  });

  it('must say how long they are', () => {
    expect(() => read('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')).toThrow(/without Content-Length/);
  });
});
