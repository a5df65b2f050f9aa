import type { LineAtTheDoor } from '@pombo/db/line-lookup.ts';
import type { RefusalName } from '@pombo/domain/refusal.ts';

/** Why nothing can be sent over this line, in the family's order; null when it can. */
export function refusalOfLine(line: LineAtTheDoor | null): RefusalName | null {
  if (!line?.active || line.class !== 'messenger') return 'lineNotFound';
  if (!line.hasPageToken) return 'noPageToken';
  if (!line.hasPageId) return 'noPageId';
  return null;
}
