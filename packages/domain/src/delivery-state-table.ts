import { deliveryStates, movers, moves, stateRules } from './delivery-state.ts';
import { code, table } from './markdown-table.ts';

/** States, moves and movers as Markdown, as docs/architecture.md shows them. Ends without a line break. */
export function deliveryStateTable(): string {
  const states = deliveryStates.map((state) => [code(state), code(stateRules[state].logSays), stateRules[state].owner]);
  const rows = Object.entries(moves).flatMap(([from, leaving]) =>
    leaving.map(({ to, by, why }) => [from === 'new' ? '–' : code(from), code(to), by, why]),
  );
  return [
    table(['state', 'the log says', 'who comes for it, also when queue and signals are lost'], states),
    table(['from', 'to', 'by', 'when and why'], rows),
    table(['by', 'where'], Object.entries(movers)),
  ].join('\n\n');
}
