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
  /** What is promised, in the figure's unit. */
  goal: Goal | null;
}

export interface Goal {
  atLeast?: number;
  atMost?: number;
}

export type Verdict = 'met' | 'MISSED' | '';

/** How many times its reference a figure is. */
export function ratioOf({ value, referenceValue }: Pick<Figure, 'value' | 'referenceValue'>): number | null {
  return referenceValue === null || referenceValue === 0 ? null : value / referenceValue;
}

/** A figure that could not be measured (NaN) meets nothing. */
export function verdictOf({ value, goal }: Pick<Figure, 'value' | 'goal'>): Verdict {
  if (goal === null) return '';
  return value >= (goal.atLeast ?? -Infinity) && value <= (goal.atMost ?? Infinity) ? 'met' : 'MISSED';
}

export function goalInWords(goal: Goal | null, unit: string): string {
  if (goal === null) return '';
  const { atLeast, atMost } = goal;
  if (atLeast !== undefined && atMost !== undefined) return `${short(atLeast)} to ${short(atMost)} ${unit}`;
  if (atLeast !== undefined) return `>= ${short(atLeast)} ${unit}`;
  return atMost === undefined ? '' : `<= ${short(atMost)} ${unit}`;
}

/** As many digits as mean something. */
export function short(value: number): string {
  return Math.abs(value) >= 1000 ? Math.round(value).toString() : String(Number(value.toPrecision(4)));
}
