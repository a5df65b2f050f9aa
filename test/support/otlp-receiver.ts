import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type ReceivedSpan, readOtlpSpans } from './otlp-spans.ts';
import { until } from './until.ts';

/** How a collector may behave: as it should, never answering, answering what is no answer, or unwilling. */
export type CollectorManner = 'takes' | 'hangs' | 'garbles' | 'refuses';

/** A collector of the test's own. */
export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Requests that have come, whatever became of them. */
  requests(): number;
  /** The spans for which this is so, as soon as there are `count` of them. */
  when(count: number, isOne: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan[]>;
  close(): Promise<void>;
}

export async function openOtlpReceiver(manner: CollectorManner = 'takes'): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    void answers[manner](request, response, spans);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    requests: () => requests,
    async when(count, isOne) {
      await until(
        () => spans.filter(isOne).length >= count,
        30_000,
        () => spans.map(({ service, name }) => `${service}: ${name}`),
      );
      return spans.filter(isOne);
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const answers: Record<
  CollectorManner,
  (request: IncomingMessage, response: ServerResponse, spans: ReceivedSpan[]) => Promise<unknown>
> = {
  async takes(request, response, spans) {
    const body = await buffer(request);
    const isTraces = request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf';
    if (isTraces) spans.push(...readOtlpSpans(body));
    return response.writeHead(isTraces ? 200 : 404).end();
  },
  async hangs() {},
  async garbles(request, response) {
    await buffer(request);
    return response.end(Buffer.from('ffffffffff00ff', 'hex'));
  },
  async refuses(_request, response) {
    return response.writeHead(400).end('no');
  },
};
