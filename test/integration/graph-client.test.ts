import type { Outcome } from '@pombo/domain/outcome.ts';
import { classify } from '@pombo/graph/classify.ts';
import { type GraphCall, type GraphClient, type GraphClientOptions, openGraphClient } from '@pombo/graph/client.ts';
import { formatMetadata } from '@pombo/graph/metadata.ts';
import { magicRecipients } from '@pombo/graph-simulator/magic-recipients.ts';
import { openSimulator, type Simulator, type SimulatorOptions } from '@pombo/graph-simulator/simulator.ts';
import type { Effect } from '@pombo/graph-simulator/weather.ts';
import { afterEach, expect, test } from 'vitest';
import { loopbackCertificate } from './loopback-certificate.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(
  options: Partial<SimulatorOptions> = {},
  clientOptions: Partial<GraphClientOptions> = {},
): Promise<{ graph: Simulator; client: GraphClient }> {
  const graph = await openSimulator({ port: 0, latency: 'none', ...options });
  const client = openGraphClient({ baseUrl: graph.url, apiVersion: 'v26.0', ...clientOptions });
  open.push(graph, client);
  return { graph, client };
}

function call(fields: Partial<GraphCall> & { dest?: string } = {}): GraphCall {
  const { dest = '5275811702471834', ...rest } = fields;
  return {
    token: 'EAA_page_4711_token',
    appSecret: null,
    message: { dest, type: 'text', data: 'Olá' },
    metadata: formatMetadata({ cdlsId: '1', attempt: 1 }),
    deadlineMs: 10_000,
    mayWrite: () => true,
    ...rest,
  };
}

function inWords(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'refused':
      return `refused ${outcome.about}`;
    case 'throttled':
      return `throttled ${outcome.scope} ${outcome.regainMs}`;
    case 'unknown':
    case 'unavailable':
      return `${outcome.kind} ${outcome.because}`;
    default:
      return outcome.kind;
  }
}

/** Every effect of the simulator, what it must look like from outside, and whether the message was accepted. */
const effects: [Effect, string, number][] = [
  [{ kind: 'error', code: 551, subcode: 1545041 }, 'refused recipient', 0],
  [{ kind: 'error', code: 190, subcode: 460 }, 'line_down', 0],
  [{ kind: 'error', code: 1200, transient: true }, 'unavailable meta_said_later', 0],
  [{ kind: 'error', code: 1, subcode: 1357046, accept: true }, 'unknown meta_is_unsure', 1],
  [{ kind: 'error', code: 4, headers: { 'retry-after': '3' } }, 'throttled app 3000', 0],
  [{ kind: 'throttle' }, 'throttled page null', 0],
  [{ kind: 'throttle', code: 80006, percent: 130, regainMinutes: 2 }, 'throttled page 120000', 0],
  [{ kind: 'throttle', scope: 'app' }, 'throttled app null', 0],
  [{ kind: 'usage', percent: 90 }, 'sent', 1],
  [{ kind: 'slow', ms: 50 }, 'sent', 1],
  [{ kind: 'slow', ms: 1500 }, 'unknown no_answer', 1],
  [{ kind: 'hang' }, 'unknown no_answer', 0],
  [{ kind: 'accept_then_hang' }, 'unknown no_answer', 1],
  [{ kind: 'reset_before_accept' }, 'unknown no_answer', 0],
  [{ kind: 'reset_after_accept' }, 'unknown no_answer', 1],
  [{ kind: 'ok_with_error_body', code: 10, subcode: 2018278 }, 'refused recipient', 0],
  [{ kind: 'html_502' }, 'unknown server_error', 0],
  [{ kind: 'html_502', accept: true }, 'unknown server_error', 1],
  [{ kind: 'unparseable_200' }, 'unknown unreadable_answer', 0],
  [{ kind: 'unparseable_200', accept: true }, 'unknown unreadable_answer', 1],
  [{ kind: 'garbage' }, 'unknown no_answer', 0],
  [{ kind: 'half_answer', accept: true }, 'unknown broken_answer', 1],
];

/** Short only where the answer is awaited in vain. */
function deadlineFor(words: string): number {
  return words === 'unknown no_answer' ? 700 : 10_000;
}

test.each(effects)('%j is %s', async (effect, words, accepted) => {
  const { graph, client } = await start();
  graph.weather.add({ effect });
  expect(inWords(classify(await client.send(call({ deadlineMs: deadlineFor(words) }))))).toBe(words);
  await graph.ledger.whenAccepted(accepted);
  expect(graph.ledger.size).toBe(accepted);
  expect(graph.received()).toBe(1);
});

test('every kind of effect is in the list above', async () => {
  const { graph } = await start();
  const response = await fetch(`${graph.url}/_simulator/weather`, { method: 'POST', body: '{"effect":{"kind":"?"}}' });
  const { error } = (await response.json()) as { error: string };
  const kinds = error.slice('effect.kind is one of '.length).split(', ');
  expect(new Set(effects.map(([effect]) => effect.kind))).toEqual(new Set(kinds));
});

test('a message that is sent: the id of the outcome is the id in the ledger', async () => {
  const { graph, client } = await start();
  const reply = await client.send(call({ message: { dest: '12', type: 'video', data: 'https://example.com/a.mp4' } }));
  const [entry] = graph.ledger.entries();
  expect(classify(reply)).toMatchObject({
    kind: 'sent',
    metaMessageId: entry?.mid,
    reply: { httpStatus: 200, code: null },
  });
  expect(entry).toMatchObject({ dest: '12', type: 'video', pageId: '4711', metadata: '{"cdls_id":"1","attempt":1}' });
  expect(reply.result).toMatchObject({ kind: 'answer', headers: { apiVersion: 'v26.0' } });
});

test('what an answer says of the quotas is in its facts, whether the message was sent or refused', async () => {
  const { graph, client } = await start();
  graph.weather.add(
    { effect: { kind: 'usage', percent: 97, regainMinutes: 4 } },
    { effect: { kind: 'usage', scope: 'app', percent: 82 } },
    { match: { dest: '551' }, effect: { kind: 'error', code: 551 } },
  );
  const usage = { page: { peakPercent: 97, regainMs: 240_000 }, app: { peakPercent: 82, regainMs: null } };
  expect(classify(await client.send(call()))).toMatchObject({ kind: 'sent', reply: { usage } });
  expect(classify(await client.send(call({ dest: '551' })))).toMatchObject({ kind: 'refused', reply: { usage } });
});

const probeCall = { token: 'EAA_page_4711_token', appSecret: null, deadlineMs: 10_000 };

test('a probe says whether Graph takes the token, and sends nothing', async () => {
  const { graph, client } = await start();
  expect(await client.probe(probeCall)).toEqual({ kind: 'works' });
  graph.weather.add({ match: { token: probeCall.token }, effect: { kind: 'error', code: 190, subcode: 463 } });
  expect(await client.probe(probeCall)).toMatchObject({
    kind: 'refused',
    outcome: { kind: 'line_down', mend: { by: 'token' }, because: expect.stringContaining('190/463') },
  });
  expect(await client.probe({ ...probeCall, token: 'EAA_page_4711_new' })).toEqual({ kind: 'works' });
  expect(graph.probes.summary()).toEqual({ asked: 3, byPage: { '4711': 3 } });
  expect([graph.received(), graph.ledger.size]).toEqual([0, 0]);
});

const silences: Effect[] = [
  { kind: 'hang' },
  { kind: 'reset_before_accept' },
  { kind: 'html_502' },
  { kind: 'throttle' },
];

test.each(silences)('$kind says nothing about a token', async (effect) => {
  const { graph, client } = await start();
  graph.weather.add({ effect });
  expect(await client.probe({ ...probeCall, deadlineMs: effect.kind === 'hang' ? 700 : 10_000 })).toEqual({
    kind: 'no_word',
  });
});

test('a Graph that is not there says nothing about a token', async () => {
  const { graph, client } = await start();
  await graph.close();
  open.shift();
  expect(await client.probe(probeCall)).toEqual({ kind: 'no_word' });
});

test('a probe brings the proof that Graph wants', async () => {
  const { client } = await start({ appSecret: 'shh' });
  expect(await client.probe(probeCall)).toMatchObject({ kind: 'refused', outcome: { kind: 'refused' } });
  expect(await client.probe({ ...probeCall, appSecret: 'shh' })).toEqual({ kind: 'works' });
});

test('a call that is withheld never reaches Graph', async () => {
  const { graph, client } = await start();
  expect(classify(await client.send(call({ mayWrite: () => false })))).toMatchObject({ kind: 'withheld' });
  expect(classify(await client.send(call()))).toMatchObject({ kind: 'sent' });
  expect(graph.received()).toBe(1);
});

test('a Graph that is not there', async () => {
  const { graph, client } = await start();
  await graph.close();
  open.shift();
  expect(inWords(classify(await client.send(call())))).toBe('unavailable no_connection');
});

test('the proof that the client makes is the proof that Graph wants', async () => {
  const { client } = await start({ appSecret: 'shh' });
  expect(inWords(classify(await client.send(call())))).toBe('refused request');
  expect(inWords(classify(await client.send(call({ appSecret: 'wrong' }))))).toBe('refused request');
  expect(inWords(classify(await client.send(call({ appSecret: 'shh' }))))).toBe('sent');
});

test('over TLS, and never over a TLS that nobody vouches for', async () => {
  const { graph, client } = await start({ tls: loopbackCertificate }, { ca: loopbackCertificate.cert });
  expect(inWords(classify(await client.send(call())))).toBe('sent');
  const trusting = openGraphClient({ baseUrl: graph.url, apiVersion: 'v26.0' });
  open.push(trusting);
  const outcome = classify(await trusting.send(call()));
  expect(outcome).toMatchObject({
    kind: 'unavailable',
    because: 'no_connection',
    reply: { text: expect.stringContaining('self-signed') },
  });
  expect(graph.received()).toBe(1);
});

const promised = [
  ['final', ['refused recipient', 'refused request', 'refused permission']],
  ['the line is down', ['line_down']],
  ['again later', ['throttled page null', 'throttled app null']],
  ['again by the retry plan', ['unavailable meta_said_later']],
  [
    'unknown',
    [
      'unknown no_answer',
      'unknown broken_answer',
      'unknown meta_is_unsure',
      'unknown server_error',
      'unknown unreadable_answer',
    ],
  ],
  ['accepted after', ['unknown no_answer']],
] as const;

test.each(magicRecipients.map(({ dest, says }) => [dest, says] as const))('%s: %s', async (dest, says) => {
  const { client } = await start();
  const [, outcomes] = promised.find(([words]) => says.includes(words)) ?? [];
  const deadlineMs = deadlineFor(outcomes?.[0] ?? '');
  expect(outcomes).toContain(inWords(classify(await client.send(call({ dest, deadlineMs })))));
});

test('many at once: each is sent once, none is lost', async () => {
  const { graph, client } = await start({ latency: 5 }, { connections: 50 });
  const calls = Array.from({ length: 500 }, (_, index) =>
    client.send(call({ deadlineMs: 20_000, metadata: formatMetadata({ cdlsId: String(index + 1), attempt: 1 }) })),
  );
  const outcomes = (await Promise.all(calls)).map((reply) => classify(reply).kind);
  expect(new Set(outcomes)).toEqual(new Set(['sent']));
  expect(graph.ledger.summary()).toMatchObject({ accepted: 500, messages: 500, byMetadataDuplicates: 0 });
});

test('in a storm of resets the ledger and the outcomes agree: nothing twice, and "not sent" is the truth', async () => {
  const { graph, client } = await start({}, { connections: 20 });
  graph.weather.add(
    { share: 0.2, effect: { kind: 'reset_after_accept' } },
    { share: 0.2, effect: { kind: 'reset_before_accept' } },
  );
  graph.weather.add({ share: 0.2, effect: { kind: 'error', code: 2 } });
  const outcomes = new Map<string, Outcome['kind']>();
  const one = async (cdlsId: string) => {
    const reply = await client.send(call({ deadlineMs: 20_000, metadata: formatMetadata({ cdlsId, attempt: 1 }) }));
    outcomes.set(cdlsId, classify(reply).kind);
  };
  await Promise.all(Array.from({ length: 400 }, (_, index) => one(String(index + 1))));
  const accepted = new Set(graph.ledger.entries().map((entry) => JSON.parse(entry.metadata ?? '').cdls_id as string));
  expect(graph.ledger.summary().byMetadataDuplicates).toBe(0);
  for (const [cdlsId, kind] of outcomes) {
    if (kind === 'sent') expect(accepted.has(cdlsId)).toBe(true);
    else if (kind !== 'unknown') expect(accepted.has(cdlsId)).toBe(false);
  }
  expect(new Set(outcomes.values())).toEqual(new Set(['sent', 'unknown', 'unavailable']));
});
