import type { Logger } from './logger.ts';
import type { OpenSpan, SpanFacts, SpanKind, SpanName } from './open-span.ts';
import type { ProcessName } from './process-name.ts';
import type { StopList } from './stop-list.ts';
import { readTracingEnvironment } from './tracing-environment.ts';

export interface SpanStart {
  kind: SpanKind;
  /** A `traceparent` to go on from, or to begin a new trace beside: then a link joins the two. What is none counts as not sent. */
  origin?: { traceparent: string | readonly string[] | null | undefined; as: 'parent' | 'link' };
  /** When it began, by `performance.now()`, if that was before now. */
  fromMs?: number;
  facts?: SpanFacts;
}

export interface Tracing {
  /** The first span of this process in a trace. A request's is named by its method and route. */
  begin(name: SpanName | `${string} /${string}`, start: SpanStart): OpenSpan;
  /** Hands over what the collector takes within two seconds. Never rejects. */
  close(): Promise<void>;
}

export interface TracingOptions {
  /** The process's environment: the standard variables of OpenTelemetry switch this on. */
  environment: Readonly<Record<string, string | undefined>>;
  process: ProcessName;
  /** Tells the processes of one kind apart. */
  instance: string;
  logger: Logger;
}

/**
 * Null unless somebody wants traces: then nothing of OpenTelemetry's SDK is loaded, and what asks here for a span costs the
 * look at a null. Whatever is wrong with the environment or the collector is logged and disturbs nothing.
 */
export async function openTracing(
  { environment, process, instance, logger }: TracingOptions,
  stops: Pick<StopList, 'add'>,
): Promise<Tracing | null> {
  const { asked, remarks } = readTracingEnvironment(environment);
  for (const remark of remarks) logger.warn(remark);
  if (asked.kind === 'off') return null;
  try {
    const { startTraceSdk } = await import('./trace-sdk.ts');
    const tracing = startTraceSdk({ ...asked, serviceName: `pombo-${process}`, instance, logger });
    stops.add('tracing', tracing.close);
    return tracing;
  } catch (err) {
    logger.warn({ err }, 'tracing could not be started, so nothing is traced');
    return null;
  }
}
