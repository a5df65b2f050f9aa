/** A span as it came over the wire. */
export interface ReceivedSpan {
  service: string;
  traceId: string;
  spanId: string;
  /** Empty for the first of its trace. */
  parentSpanId: string;
  name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  startNanos: bigint;
  endNanos: bigint;
  attributes: Record<string, string | number | boolean>;
  events: string[];
  links: { traceId: string; spanId: string }[];
  failed: boolean;
}

/** One field of a protobuf message: its number, and what stands in it. */
type Field = [number: number, value: bigint | Buffer];

/** Reads what an OTLP exporter posts (`ExportTraceServiceRequest`), as far as tests ask after it. Throws at anything else. */
export function readOtlpSpans(body: Buffer): ReceivedSpan[] {
  return messagesIn(body, 1).flatMap((resourceSpans) => {
    const [resource] = messagesIn(resourceSpans, 1);
    const service = String(attributesIn(resource ?? Buffer.alloc(0), 1)['service.name'] ?? '');
    const spans = messagesIn(resourceSpans, 2).flatMap((scopeSpans) => messagesIn(scopeSpans, 2));
    return spans.map((span) => spanOf(span, service));
  });
}

function spanOf(span: Buffer, service: string): ReceivedSpan {
  return {
    service,
    traceId: hexIn(span, 1),
    spanId: hexIn(span, 2),
    parentSpanId: hexIn(span, 4),
    name: textIn(span, 5),
    kind: Number(numberIn(span, 6)),
    startNanos: numberIn(span, 7),
    endNanos: numberIn(span, 8),
    attributes: attributesIn(span, 9),
    events: messagesIn(span, 11).map((event) => textIn(event, 2)),
    links: messagesIn(span, 13).map((link) => ({ traceId: hexIn(link, 1), spanId: hexIn(link, 2) })),
    failed: messagesIn(span, 15).some((status) => numberIn(status, 3) === 2n),
  };
}

function attributesIn(message: Buffer, number: number): ReceivedSpan['attributes'] {
  return Object.fromEntries(
    messagesIn(message, number).map((pair) => {
      const [value] = messagesIn(pair, 2);
      return [textIn(pair, 1), plainValueOf(value ?? Buffer.alloc(0))];
    }),
  );
}

function plainValueOf(value: Buffer): string | number | boolean {
  const [field] = fieldsOf(value);
  if (field === undefined) return '';
  const [number, content] = field;
  if (Buffer.isBuffer(content)) return content.toString();
  if (number === 2) return content === 1n;
  if (number !== 4) return Number(content);
  const bits = Buffer.alloc(8);
  bits.writeBigUInt64LE(content);
  return bits.readDoubleLE();
}

const contentsOf = (message: Buffer, number: number) =>
  fieldsOf(message).flatMap(([at, content]) => (at === number ? [content] : []));
const messagesIn = (message: Buffer, number: number) => contentsOf(message, number).filter(Buffer.isBuffer);
const textIn = (message: Buffer, number: number) => messagesIn(message, number)[0]?.toString() ?? '';
const hexIn = (message: Buffer, number: number) => messagesIn(message, number)[0]?.toString('hex') ?? '';
const numberIn = (message: Buffer, number: number) =>
  contentsOf(message, number).find((content) => typeof content === 'bigint') ?? 0n;

function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
  function bytes(count: number): Buffer {
    at += count;
    if (at > message.length) throw new Error('a field is longer than its message');
    return message.subarray(at - count, at);
  }
  function content(wireType: number): bigint | Buffer {
    if (wireType === 0) return varint();
    if (wireType === 1) return bytes(8).readBigUInt64LE();
    if (wireType === 2) return bytes(Number(varint()));
    if (wireType === 5) return BigInt(bytes(4).readUInt32LE());
    throw new Error(`no such wire type: ${wireType}`);
  }

  while (at < message.length) {
    const key = Number(varint());
    fields.push([key >> 3, content(key & 7)]);
  }
  return fields;
}
