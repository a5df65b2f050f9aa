import { readProbe, tellProbe } from '@pombo/db/probes.ts';
import { type GraphClient, openGraphClient } from '@pombo/graph/client.ts';
import { type Answer, done, integer, refused } from '../answer.ts';
import type { Workbench } from '../workbench.ts';

type ProbeVerdict = Awaited<ReturnType<GraphClient['probe']>>;

const deadlineMs = 10_000;

/** Asks Graph now whether the line's token works, and records what it said as a worker would. */
export async function probeLine(workbench: Workbench, lineId: string): Promise<Answer> {
  const probe = await readProbe(workbench.database, lineId);
  if (probe === null) return refused(`There is no line ${lineId}.`);
  if (probe.sealedToken === '') return refused(`Line ${lineId} has no page access token.`);
  const seal = workbench.seal();
  const verdict = await askGraph(workbench, {
    token: seal.open(probe.sealedToken),
    appSecret: probe.sealedAppSecret === null ? workbench.graphAppSecret : seal.open(probe.sealedAppSecret),
  });
  const change = await tellProbe(workbench.database, probe, verdict);
  return done(
    { v8l_id: integer(lineId), answer: verdict.kind, said: saidBy(verdict), change },
    `${answers[verdict.kind](verdict)} ${changes[change]}`.trim(),
  );
}

async function askGraph(
  { graphBaseUrl, graphApiVersion }: Workbench,
  secrets: { token: string; appSecret: string | null },
): Promise<ProbeVerdict> {
  const graph = openGraphClient({ baseUrl: graphBaseUrl, apiVersion: graphApiVersion, connections: 1 });
  try {
    return await graph.probe({ ...secrets, deadlineMs });
  } finally {
    await graph.close();
  }
}

const answers: Readonly<Record<ProbeVerdict['kind'], (verdict: ProbeVerdict) => string>> = {
  works: () => 'Graph takes the token.',
  refused: (verdict) => `Graph refused the token: ${saidBy(verdict)}`,
  no_word: () => 'Graph said nothing that tells whether the token works.',
};

const changes = {
  unparked: 'The line may send again.',
  parked: 'The line is parked.',
  nothing: '',
} as const;

function saidBy(verdict: ProbeVerdict): string | null {
  if (verdict.kind !== 'refused') return null;
  const { outcome } = verdict;
  return outcome.kind === 'line_down' ? outcome.because : outcome.reply.text;
}
