import { type Figure, goalInWords, ratioOf, short, verdictOf } from './figure.ts';
import type { Machine } from './machine.ts';

/** For programs: exactly these fields. */
export function asJson(machine: Machine, figures: readonly Figure[]): string {
  return JSON.stringify({
    machine,
    figures: figures.map((figure) => {
      const { name, value, unit, reference, referenceValue, runs } = figure;
      return { name, value, unit, reference, referenceValue, ratio: ratioOf(figure), runs };
    }),
  });
}

/** For people. */
export function asTable(machine: Machine, figures: readonly Figure[]): string {
  const head = ['figure', 'value', 'spread', 'reference', 'ratio', 'goal', ''];
  const rows = [head, ...figures.map(rowOf)];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, '', machineInWords(machine)].join('\n');
}

function rowOf(figure: Figure): string[] {
  const { name, value, unit, reference, referenceValue, runs, goal } = figure;
  const ratio = ratioOf(figure);
  return [
    name,
    `${short(value)} ${unit}`,
    runs.length > 1 ? `${short(Math.min(...runs))} to ${short(Math.max(...runs))} in ${runs.length}` : '',
    reference === null || referenceValue === null ? '' : `${short(referenceValue)} ${reference}`,
    ratio === null ? '' : ratio.toFixed(2),
    goalInWords(goal, unit),
    verdictOf(figure),
  ];
}

function machineInWords(machine: Machine): string {
  const { cores, processor, memoryGb, kernel, node, postgres, redis, loadBefore } = machine;
  const servers = `PostgreSQL ${postgres}, ${redis === null ? 'no Redis' : `Redis ${redis}`}`;
  return `${cores} cores (${processor}), ${memoryGb} GB, ${kernel}, Node ${node}, ${servers}; load before: ${loadBefore}`;
}
