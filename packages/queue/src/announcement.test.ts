import { expect, test } from 'vitest';
import { type Announcement, formatAnnouncement, parseAnnouncement } from './announcement.ts';

test('comes back as it was, in one word without commas', () => {
  const all: Announcement[] = [
    { messageId: '7', outcome: null },
    { messageId: '7', outcome: { status: 'OK', returnCode: 200, returnId: 'm_a-b,c d_ü' } },
    { messageId: '7', outcome: { status: 'ERROR', returnCode: 0, returnId: null } },
    { messageId: '7', outcome: { status: 'WR', returnCode: null, returnId: null } },
  ];
  for (const announcement of all) {
    expect(formatAnnouncement(announcement)).not.toContain(',');
    expect(parseAnnouncement(formatAnnouncement(announcement))).toEqual(announcement);
  }
});

test('what does not fit or is not understood is left to the row', () => {
  const long = { messageId: '7', outcome: { status: 'OK', returnCode: 200, returnId: 'x'.repeat(501) } } as const;
  expect(parseAnnouncement(formatAnnouncement(long))).toEqual({ messageId: '7', outcome: null });
  expect(parseAnnouncement('7 SENT 200 m_1')).toEqual({ messageId: '7', outcome: null });
});
