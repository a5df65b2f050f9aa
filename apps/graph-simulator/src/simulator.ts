import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Assets, openAssets } from './assets.ts';
import { answerControl, controlPath } from './control-routes.ts';
import type { Graph } from './graph.ts';
import type { Latency } from './latency.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { openMilestone } from './milestone.ts';
import { openPages, type PagesOptions } from './pages.ts';
import { answerProbe, isProbe } from './probe-route.ts';
import { openProbes, type Probes } from './probes.ts';
import { answerSend } from './send-route.ts';
import { answerUpload, isUpload } from './upload-route.ts';
import { openWeather, type Weather } from './weather.ts';

export interface SimulatorOptions extends PagesOptions {
  /** 0: any free one. */
  port: number;
  /** Default 127.0.0.1. */
  host?: string;
  latency: Latency;
  /** PEM. With it the simulator speaks https. */
  tls?: { key: string; cert: string };
  /** Calls per second and page before Graph says 613. Default: no limit. */
  limitPerSecond?: number;
  /** A file the ledger is appended to, and read back from. */
  ledgerFile?: string;
  random?: () => number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

export interface Simulator {
  url: string;
  ledger: Ledger;
  weather: Weather;
  /** The questions whose token it is; they are not among those `received`. */
  probes: Probes;
  /** The media that was uploaded, which is not among what was `received` either. */
  assets: Assets;
  /** Requests to Graph read whole so far, whatever became of them. */
  received(): number;
  /** Resolves when this many requests have been read. */
  whenReceived(count: number): Promise<void>;
  /** Breaks every connection, open requests included, and stops. */
  close(): Promise<void>;
}

/** Starts a Graph API that answers as scripted. Several can run in one process. */
export async function openSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { random = Math.random, now = Date.now, host = '127.0.0.1' } = options;
  const ledger = openLedger({ random, now, ...(options.ledgerFile === undefined ? {} : { file: options.ledgerFile }) });
  const weather = openWeather({ random, now, limitPerSecond: options.limitPerSecond ?? null });
  const probes = openProbes();
  const assets = openAssets(random);
  const received = openMilestone();
  const timers = openTimers();
  const graph: Graph = {
    pages: openPages(options),
    ledger,
    weather,
    probes,
    assets,
    latency: options.latency,
    random,
    later: timers.later,
    onReceived: () => received.reach(received.count + 1),
  };
  const server = openServer(options, (request, response) => {
    if (request.url?.startsWith(controlPath)) answerControl({ ledger, weather, probes, assets }, request, response);
    else if (isProbe(request)) answerProbe(graph, request, response);
    else if (isUpload(request)) answerUpload(graph, request, response);
    else answerSend(graph, request, response);
  });
  server.listen(options.port, host);
  await once(server, 'listening');

  return {
    url: `${options.tls ? 'https' : 'http'}://${host}:${(server.address() as AddressInfo).port}`,
    ledger,
    weather,
    probes,
    assets,
    received: () => received.count,
    whenReceived: (count) => received.when(count),
    async close() {
      timers.close();
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
      ledger.close();
    },
  };
}

function openServer({ tls }: SimulatorOptions, listener: RequestListener): Server {
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  // Longer than any client keeps an idle socket, so that closing one is always the client's doing.
  server.keepAliveTimeout = 15_000;
  return server;
}

/** Delays that end with the simulator. */
function openTimers() {
  const open = new Set<NodeJS.Timeout>();
  let closed = false;
  return {
    later(ms: number, run: () => void) {
      if (closed) return;
      if (ms <= 0) {
        run();
        return;
      }
      const timer = setTimeout(() => {
        open.delete(timer);
        run();
      }, ms);
      open.add(timer);
    },
    close() {
      closed = true;
      for (const timer of open) clearTimeout(timer);
      open.clear();
    },
  };
}
