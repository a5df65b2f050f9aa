import type { RefusalName } from './refusal.ts';

/** What a line has to have before anything is sent over it. */
export interface LineToSendOver {
  class: string;
  active: boolean;
  hasPageToken: boolean;
  hasPageId: boolean;
}

/** Why nothing can be sent over this line, in the family's order; null when it can. Pure. */
export function refusalOfLine(line: LineToSendOver | null): RefusalName | null {
  if (!line?.active || line.class !== 'messenger') return 'lineNotFound';
  if (!line.hasPageToken) return 'noPageToken';
  if (!line.hasPageId) return 'noPageId';
  return null;
}
