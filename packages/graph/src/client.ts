import type { ProbeVerdict } from '@pombo/domain/probe-verdict.ts';
import type { UploadVerdict } from '@pombo/domain/upload-verdict.ts';
import pRetry from 'p-retry';
import { type Dispatcher, Pool } from 'undici';
import { appSecretProof } from './app-secret-proof.ts';
import { exchange, type GraphRequest, type Phase } from './exchange.ts';
import {
  attachmentsPath,
  messagesPath,
  type Proof,
  probePath,
  type SendBody,
  type UploadBody,
} from './graph-vocabulary.ts';
import { probeVerdictOf } from './probe.ts';
import type { Phases, Reply, ReplyResult } from './reply.ts';
import { buildSendBody, type SendRequest } from './send-request.ts';
import { buildUploadBody, type UploadRequest, uploadVerdictOf } from './upload.ts';

export interface GraphClientOptions {
  /** `https://graph.facebook.com`, or a simulator. A path in it is kept as a prefix. */
  baseUrl: string;
  /** For example `v26.0`. */
  apiVersion: string;
  /** Most sockets open at once; a call beyond them waits for one inside its own deadline. */
  connections?: number;
  /** For one try to connect, TLS included. undici keeps this time to within about half a second. */
  connectTimeoutMs?: number;
  /** PEM of an authority to trust instead of the system's. */
  ca?: string;
  /** Told of every phase of every send as it is reached; `metadata` says whose. For tests that wait for a moment. */
  onPhase?: (phase: Phase, metadata: string) => void;
}

export interface ProbeCall {
  /** Page access token. It travels in the Authorization header and nowhere else. */
  token: string;
  /** Adds `appsecret_proof` when set. */
  appSecret: string | null;
  /** Bounds the whole call, waiting for a socket included. */
  deadlineMs: number;
}

export interface UploadCall extends ProbeCall {
  media: UploadRequest;
}

export interface GraphCall extends ProbeCall {
  message: Omit<SendRequest, 'metadata'>;
  /** From `formatMetadata`. */
  metadata: string;
  /** Asked at most once, synchronously before the first byte is written; `false` gives the reply `withheld`. */
  mayWrite: () => boolean;
}

export interface GraphClient {
  /** Where `send` posts to. There is no secret in it. */
  readonly messagesUrl: string;
  /** Posts one message once. Resolves with what happened, whatever that was. */
  send(call: GraphCall): Promise<Reply>;
  /** Asks Graph whose token this is, which changes nothing there and shows whether it takes the token at all. */
  probe(call: ProbeCall): Promise<ProbeVerdict>;
  /** Has Meta fetch this media once for the page, which sends nothing to anybody. */
  uploadAttachment(call: UploadCall): Promise<UploadVerdict>;
  /** Waits for the open calls, then closes every socket. */
  close(): Promise<void>;
}

/** Idle sockets are dropped before Graph or a balancer would drop them: writing to a stale one makes an unknown. */
const idleSocketMs = 4000;
const largestAnswerBytes = 64 * 1024;

/** Two more tries to connect, the last one begun within two seconds. Nothing has been written yet, so a retry is free. */
const connectPlan = { retries: 2, minTimeout: 100, factor: 3, maxRetryTime: 2000 } as const;

/** Opens the pool of connections to Graph. Nothing is connected before the first call. */
export function openGraphClient(options: GraphClientOptions): GraphClient {
  const { origin, pathname } = new URL(options.baseUrl);
  const prefix = pathname.replace(/\/$/, '');
  const pool = openPool(origin, options);

  const run = async (request: GraphRequest, call: Run, onPhase: (phase: Phase) => void): Promise<Reply> => {
    const clock = startClock(onPhase);
    const result = await connectAndSend(pool, request, call, clock);
    return { phases: clock.phases(), result: withoutSecrets(result, call.token) };
  };
  return {
    messagesUrl: origin + prefix + messagesPath(options.apiVersion),
    send(call) {
      const body = buildSendBody({ ...call.message, metadata: call.metadata });
      const request = postRequest(prefix + messagesPath(options.apiVersion), body, call);
      return run(request, call, (phase) => options.onPhase?.(phase, call.metadata));
    },
    async probe(call) {
      const request = probeRequest(prefix + probePath(options.apiVersion), call);
      return probeVerdictOf(await run(request, { ...call, mayWrite: () => true }, () => {}), call.token);
    },
    async uploadAttachment(call) {
      const body = buildUploadBody(call.media);
      const request = postRequest(prefix + attachmentsPath(options.apiVersion), body, call);
      const reply = await run(request, { ...call, mayWrite: () => true }, () => {});
      return uploadVerdictOf(reply, [call.token, call.media.url]);
    },
    close: () => pool.close(),
  };
}

type Run = Pick<GraphCall, 'token' | 'deadlineMs' | 'mayWrite'>;

function openPool(origin: string, { connections = 1024, connectTimeoutMs = 2000, ca }: GraphClientOptions): Pool {
  return new Pool(origin, {
    connections,
    // HTTP/2 would put many messages on one socket, and one reset would make all of them unknown.
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: idleSocketMs,
    keepAliveMaxTimeout: idleSocketMs,
    // The call's own deadline bounds both.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: largestAnswerBytes,
    connect: { timeout: connectTimeoutMs, ...(ca === undefined ? {} : { ca }) },
  });
}

/** Tries again only while not one byte was written; whatever happens after that is the call's result. */
async function connectAndSend(pool: Dispatcher, request: GraphRequest, call: Run, clock: Clock): Promise<ReplyResult> {
  const remainingMs = () => call.deadlineMs - clock.elapsedMs();
  const tryOnce = async () => {
    const result = await exchange(pool, request, {
      mayWrite: call.mayWrite,
      remainingMs: remainingMs(),
      onPhase: clock.stamp,
    });
    if (result.kind === 'no_connection') throw new NotConnected(result);
    return result;
  };
  try {
    return await pRetry(tryOnce, { ...connectPlan, shouldRetry: () => remainingMs() > 0 });
  } catch (error) {
    if (error instanceof NotConnected) return error.result;
    throw error;
  }
}

/** p-retry knows failures only as errors; this one never leaves `connectAndSend`. */
class NotConnected extends Error {
  readonly result: ReplyResult;
  constructor(result: ReplyResult) {
    super('not connected');
    this.result = result;
  }
}

function postRequest(path: string, body: SendBody | UploadBody, { token, appSecret }: ProbeCall): GraphRequest {
  // A parameter like any other, so it may travel in the body; in the URL it would end up in access logs.
  const proof: Proof = appSecret === null ? {} : { appsecret_proof: appSecretProof(appSecret, token) };
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return { method: 'POST', path, headers, body: JSON.stringify({ ...body, ...proof }) };
}

/**
 * A GET has no body, so its proof can only be a query parameter, as in Meta's own SDKs (facebook_business/session.py).
 * Whoever reads it in an access log can do nothing with it without the token, which stays in its header.
 */
function probeRequest(path: string, { token, appSecret }: ProbeCall): GraphRequest {
  const proof = appSecret === null ? '' : `&appsecret_proof=${appSecretProof(appSecret, token)}`;
  return { method: 'GET', path: path + proof, headers: { authorization: `Bearer ${token}` }, body: null };
}

/** A token is opaque letters and digits, so taking it out cannot change the shape of a JSON answer around it. */
function withoutSecrets(result: ReplyResult, token: string): ReplyResult {
  if (result.kind !== 'answer' || token.length < 16 || !result.bodyText.includes(token)) return result;
  return { ...result, bodyText: result.bodyText.replaceAll(token, '[token]') };
}

interface Clock {
  elapsedMs(): number;
  stamp(phase: Phase): void;
  phases(): Phases;
}

function startClock(onPhase: (phase: Phase) => void): Clock {
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  const reached: Record<Phase, number | null> = { connected: null, written: null, answered: null };
  return {
    elapsedMs,
    stamp(phase) {
      reached[phase] = elapsedMs();
      onPhase(phase);
    },
    phases: () => ({
      connectedMs: reached.connected,
      writtenMs: reached.written,
      answeredMs: reached.answered,
      totalMs: elapsedMs(),
    }),
  };
}
