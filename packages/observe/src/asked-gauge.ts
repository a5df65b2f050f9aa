import { Gauge, type Registry } from 'prom-client';
import { bounded } from './bounded.ts';
import type { MetricFamily } from './metric-families.ts';

/** One value of a family, with its labels when the family has any. */
export type Reading<Label extends string = string> = [Label] extends [never]
  ? { value: number }
  : { value: number; labels: Readonly<Record<Label, string>> };

interface AnyReading {
  value: number;
  labels?: Readonly<Record<string, string>>;
}

type Question = () => Promise<readonly AnyReading[]> | readonly AnyReading[];

export type Ask = (question: Question, keepForMs?: number) => void;

const answerLimitMs = 2000;

/** A gauge that asks when it is looked at. Nothing is shown before the first question, nor when the answer fails. */
export function createAskedGauge(family: MetricFamily, registry: Registry, onFailure: () => void): Ask {
  let answer: () => Promise<readonly AnyReading[]> = async () => [];
  const gauge: Gauge = new Gauge({
    name: family.name,
    help: family.help,
    labelNames: [...family.labels],
    registers: [registry],
    collect: async () => {
      const readings = await answer().catch(() => {
        onFailure();
        return [];
      });
      show(gauge, readings);
    },
  });
  return (question, keepForMs = 5000) => {
    answer = kept(question, keepForMs);
  };
}

function show(gauge: Gauge, readings: readonly AnyReading[]): void {
  gauge.reset();
  // A gauge without labels comes back from a reset as 0, and "0 unknown messages" is not "nobody could say".
  gauge.remove({});
  for (const { labels, value } of readings) gauge.set(labels ?? {}, value);
}

/** The same answer for everybody who asks within `keepForMs`, also while it is still on its way. */
function kept(question: Question, keepForMs: number): () => Promise<readonly AnyReading[]> {
  let last: { at: number; answer: Promise<readonly AnyReading[]> } | null = null;
  return () => {
    const now = performance.now();
    if (last === null || now - last.at >= keepForMs) {
      last = { at: now, answer: bounded(Promise.resolve().then(question), answerLimitMs) };
    }
    return last.answer;
  };
}
