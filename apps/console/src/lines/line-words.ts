import type { LineReport } from '@pombo/db/line-report.ts';

/** Colours carry no meaning of their own: the word stands beside them. */
export const standingTones = {
  inactive: 'soft',
  paused: 'wait',
  parked: 'bad',
  closed: 'bad',
  blocked: 'wait',
  held: 'bad',
  slowed: 'wait',
  open: 'good',
} as const satisfies Record<LineReport['standing']['word'], string>;

/** As configured, and what is allowed just now where that is less. */
export function paceWords(configured: number, current: number): string {
  if (configured === 0) return 'none';
  return current < configured ? `${configured}/s → ${current.toFixed(1)}/s` : `${configured}/s`;
}

/** How much of the pace that is allowed just now has been used of late; what has no pace is not counted. */
export function useWords(current: number, used: number): string {
  if (current === 0) return '-';
  return `${used.toFixed(used < 10 ? 1 : 0)}/s, ${Math.round((100 * used) / current)} %`;
}
