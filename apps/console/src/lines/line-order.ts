import type { LineReport } from '@pombo/db/line-report.ts';

type Compare = (a: LineReport, b: LineReport) => number;

/** In which order lines are shown, by the word in the address. */
export const lineOrders = {
  look: {
    name: 'those that need a look first',
    compare: (a, b) => trouble(b) - trouble(a) || unfinished(b) - unfinished(a),
  },
  backlog: { name: 'most in the backlog first', compare: (a, b) => b.backlog - a.backlog },
  oldest: { name: 'oldest waiting first', compare: (a, b) => (b.oldestSeconds ?? -1) - (a.oldestSeconds ?? -1) },
  number: { name: 'by number', compare: () => 0 },
} as const satisfies Record<string, { name: string; compare: Compare }>;

export type LineOrder = keyof typeof lineOrders;

/** `look`: what does not send as it should, then what has most to send. Of two alike the lower number stands first. Pure. */
export function inOrder(lines: readonly LineReport[], order: LineOrder): LineReport[] {
  const { compare }: { compare: Compare } = lineOrders[order];
  return lines.toSorted((a, b) => compare(a, b) || byNumber(a, b));
}

function byNumber(a: LineReport, b: LineReport): number {
  return Number(BigInt(a.lineId) - BigInt(b.lineId));
}

function trouble({ standing }: LineReport): number {
  return standing.word === 'open' || standing.word === 'inactive' ? 0 : 1;
}

function unfinished({ backlog, released, openCalls, unknown }: LineReport): number {
  return backlog + released + openCalls + unknown;
}
