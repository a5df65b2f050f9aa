/**
 * What became of a message, told to the process where somebody waits for it. With the outcome in hand that process
 * need not read the row; `null` means that the row has to be read.
 */
export interface Announcement {
  messageId: string;
  outcome: AnnouncedOutcome | null;
}

export interface AnnouncedOutcome {
  status: 'OK' | 'ERROR' | 'WR';
  returnCode: number | null;
  returnId: string | null;
}

/** An id of Meta's longer than this is left to the row: announcements share one small payload. */
const longestReturnId = 500;

/** As one word without commas or spaces around it, so that many fit into one payload. */
export function formatAnnouncement({ messageId, outcome }: Announcement): string {
  if (outcome === null) return messageId;
  const returnId = encodeURIComponent(outcome.returnId ?? '');
  if (returnId.length > longestReturnId) return messageId;
  return [messageId, outcome.status, outcome.returnCode ?? '', returnId].join(' ');
}

/** Reads it back. Whatever it does not understand becomes a hint to read the row. */
export function parseAnnouncement(word: string): Announcement {
  const [messageId = '', status, returnCode = '', returnId = ''] = word.split(' ');
  if (status !== 'OK' && status !== 'ERROR' && status !== 'WR') return { messageId, outcome: null };
  const outcome: AnnouncedOutcome = {
    status,
    returnCode: returnCode === '' ? null : Number(returnCode),
    returnId: returnId === '' ? null : decodeURIComponent(returnId),
  };
  return { messageId, outcome };
}
