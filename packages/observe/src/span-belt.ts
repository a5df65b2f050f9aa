import { TraceFlags } from '@opentelemetry/api';
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace';
import type { SpanLosses } from './span-losses.ts';

/** Spans a collector has not answered for yet, those on the way to it included. Each is about a kilobyte. */
const mostOpen = 4096;
const mostAtOnce = 512;
const handOverEveryMs = 1_000;
const exportWithinMs = 10_000;

export interface SpanBelt {
  readonly processor: SpanProcessor;
  /** Ended spans nobody has answered for. */
  open(): number;
}

/**
 * The SDK's batches, with every span that gets lost counted. Its own bound does not say how many it dropped, so the bound
 * stands in front of it.
 */
export function openSpanBelt(exporter: SpanExporter, losses: SpanLosses): SpanBelt {
  let open = 0;
  const batches = new BatchSpanProcessor({
    exporter: {
      export(spans, tell) {
        const answered: typeof tell = (result) => {
          open -= spans.length;
          // Zero is success, in an enumeration that stands in a package of its own.
          if (result.code !== 0) losses.lost(spans.length, result.error);
          tell(result);
        };
        try {
          exporter.export(spans, answered);
        } catch (error) {
          answered({ code: 1, error: error instanceof Error ? error : new Error(String(error)) });
        }
      },
      shutdown: () => exporter.shutdown(),
    },
    maxQueueSize: mostOpen,
    maxExportBatchSize: mostAtOnce,
    scheduledDelayMillis: handOverEveryMs,
    exportTimeoutMillis: exportWithinMs,
  });
  return {
    open: () => open,
    processor: {
      onStart() {},
      onEnd(span) {
        if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
        if (open >= mostOpen) return losses.lost(1, new Error('the collector is too slow'));
        open += 1;
        batches.onEnd(span);
      },
      forceFlush: () => batches.forceFlush(),
      shutdown: () => batches.shutdown(),
    },
  };
}
