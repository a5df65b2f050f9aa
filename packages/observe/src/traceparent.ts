/** Where a trace comes from: which one, which span of it, and whether it is recorded. */
export interface TraceOrigin {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
  sampled: boolean;
}

const shape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Reads a W3C `traceparent`; null for whatever is none, which then counts as not sent. Pure. */
export function parseTraceparent(text: string | readonly string[] | undefined): TraceOrigin | null {
  const [, version, traceId = '', spanId = '', flags = '', more] = (typeof text === 'string' && shape.exec(text)) || [];
  // Version ff is none at all. Later versions may add something; this one may not.
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, sampled }: TraceOrigin): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}
