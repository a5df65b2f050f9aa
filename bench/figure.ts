/** One measured figure, held against something measured in the same run. */
export interface Figure {
  name: string;
  /** The median of the runs, unless its name says otherwise. */
  value: number;
  unit: string;
  /** What it is compared with, in words. */
  reference: string | null;
  referenceValue: number | null;
  runs: readonly number[];
  goal: Goal | null;
}

/** What is promised: of the figure in its own unit, or of how many times its reference it is. */
export interface Goal {
  atLeast?: number;
  atMost?: number;
  ratioAtLeast?: number;
  ratioAtMost?: number;
}

export type Verdict = 'met' | 'MISSED' | '';

/** How many times its reference a figure is. */
export function ratioOf({ value, referenceValue }: Pick<Figure, 'value' | 'referenceValue'>): number | null {
  return referenceValue === null || referenceValue === 0 ? null : value / referenceValue;
}

/** A figure that could not be measured (NaN) meets nothing, and neither does a ratio to nothing. */
export function verdictOf({ value, referenceValue, goal }: Pick<Figure, 'value' | 'referenceValue' | 'goal'>): Verdict {
  if (goal === null) return '';
  const { atLeast, atMost, ratioAtLeast, ratioAtMost } = goal;
  const ratio = ratioOf({ value, referenceValue }) ?? Number.NaN;
  const isMet = within(value, atLeast, atMost) && within(ratio, ratioAtLeast, ratioAtMost);
  return isMet ? 'met' : 'MISSED';
}

function within(value: number, atLeast: number | undefined, atMost: number | undefined): boolean {
  if (atLeast !== undefined && !(value >= atLeast)) return false;
  return atMost === undefined || value <= atMost;
}

export function goalInWords(goal: Goal | null, unit: string): string {
  if (goal === null) return '';
  const { atLeast, atMost, ratioAtLeast, ratioAtMost } = goal;
  const parts = [limitsInWords(atLeast, atMost, ` ${unit}`), limitsInWords(ratioAtLeast, ratioAtMost, ' x reference')];
  return parts.filter((part) => part !== '').join(', ');
}

function limitsInWords(atLeast: number | undefined, atMost: number | undefined, unit: string): string {
  if (atLeast !== undefined && atMost !== undefined) return `${short(atLeast)} to ${short(atMost)}${unit}`;
  if (atLeast !== undefined) return `>= ${short(atLeast)}${unit}`;
  return atMost === undefined ? '' : `<= ${short(atMost)}${unit}`;
}

/** As many digits as mean something. */
export function short(value: number): string {
  return Math.abs(value) >= 1000 ? Math.round(value).toString() : String(Number(value.toPrecision(4)));
}
