/** As many bytes as the longest mark has. */
export const startBytes = 4;

const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf]);

const marks: readonly { bytes: readonly number[]; because: string }[] = [
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    because: 'a zip file, as Excel workbooks are; send CSV or NDJSON, gzip if you like',
  },
  { bytes: [0x50, 0x4b, 0x05, 0x06], because: 'a zip file; send CSV or NDJSON, gzip if you like' },
  { bytes: [0x1f, 0x8b], because: 'gzip inside gzip; once is enough' },
  // The marks of UTF-32 begin like those of UTF-16.
  { bytes: [0xff, 0xfe, 0, 0], because: 'the list is UTF-32; send UTF-8' },
  { bytes: [0, 0, 0xfe, 0xff], because: 'the list is UTF-32; send UTF-8' },
  { bytes: [0xff, 0xfe], because: 'the list is UTF-16; send UTF-8' },
  { bytes: [0xfe, 0xff], because: 'the list is UTF-16; send UTF-8' },
];

export function isGzip(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/** Why what begins like this is no UTF-8 text; null when it may be. */
export function whyNotText(start: Buffer): string | null {
  const mark = marks.find(({ bytes }) => bytes.every((byte, index) => start[index] === byte));
  if (mark) return mark.because;
  // Every list begins with ASCII, whose other bytes are zero in the wider encodings.
  const zeros = Array.from(start.subarray(0, startBytes), (byte) => (byte === 0 ? '0' : 'x')).join('');
  if (/^(x000|000x)$/.test(zeros)) return 'the list is UTF-32; send UTF-8';
  return /^(x0x0|0x0x|x0|0x)$/.test(zeros) ? 'the list is UTF-16; send UTF-8' : null;
}

export function withoutMark(start: Buffer): Buffer {
  return start.subarray(0, utf8Mark.length).equals(utf8Mark) ? start.subarray(utf8Mark.length) : start;
}
