import { campaignMoves } from './campaign-state.ts';
import { code, table } from './markdown-table.ts';

/** The moves of a campaign as Markdown, as docs/architecture.md shows them. Ends without a line break. */
export function campaignStateTable(): string {
  const rows = Object.entries(campaignMoves).flatMap(([from, leaving]) =>
    leaving.map(({ to, by, why }) => [code(from), code(to), by, why]),
  );
  return table(['from', 'to', 'by', 'when and why'], rows);
}
