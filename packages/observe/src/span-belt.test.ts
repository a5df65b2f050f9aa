import { type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, it } from 'vitest';
import { openSpanBelt } from './span-belt.ts';

const failed = { code: 1, error: new Error('no') };

function openBelt(exporter: Pick<SpanExporter, 'export'>) {
  const lost: { spans: number; because: string }[] = [];
  const belt = openSpanBelt(
    { ...exporter, shutdown: async () => {} },
    { lost: (spans, error) => void lost.push({ spans, because: String(error) }), sayTheRest() {} },
  );
  const provider = new TracerProvider({ spanProcessors: [belt.processor] });
  const tracer = provider.getTracer('test');
  return {
    belt,
    lost,
    end(count: number) {
      for (let index = 0; index < count; index += 1) tracer.startSpan('x').end();
    },
  };
}

it('lets no more spans stand than it may, whatever the collector does, and counts the others', async () => {
  const { belt, lost, end } = openBelt({ export() {} });
  end(10_000);
  // Those it has taken and not answered for count, too.
  expect(belt.open()).toBe(4096);
  expect(lost).toHaveLength(10_000 - 4096);
  expect(lost[0]).toEqual({ spans: 1, because: expect.stringContaining('too slow') });
});

it.each<[string, SpanExporter['export']]>([
  ['says no', (_spans, tell) => tell(failed)],
  [
    'throws',
    () => {
      throw failed.error;
    },
  ],
])('counts what is lost when the exporter %s, and takes new ones', async (_what, refuse) => {
  const { belt, lost, end } = openBelt({ export: refuse });
  end(700);
  await belt.processor.forceFlush().catch(() => {});
  expect(lost.reduce((sum, { spans }) => sum + spans, 0)).toBe(700);
  expect(belt.open()).toBe(0);
  end(1);
  expect(belt.open()).toBe(1);
});

it('loses nothing with a collector that takes it', async () => {
  let taken = 0;
  const { belt, lost, end } = openBelt({
    export(spans, tell) {
      taken += spans.length;
      tell({ code: 0 });
    },
  });
  end(1_500);
  await belt.processor.shutdown();
  expect([taken, belt.open(), lost]).toEqual([1_500, 0, []]);
});
