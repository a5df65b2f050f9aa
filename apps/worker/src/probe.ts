import type { Database } from '@pombo/db/database.ts';
import { type Probe, takeProbes, tellProbe } from '@pombo/db/probes.ts';
import type { ProbeVerdict } from '@pombo/domain/probe-verdict.ts';
import type { GraphClient } from '@pombo/graph/client.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { LineSecrets } from './line-secrets.ts';
import { aroundMs, repeat } from './repeat.ts';

export interface ProbeParts {
  database: Database;
  graph: Pick<GraphClient, 'probe'>;
  secretsOf: (sealedToken: string, sealedAppSecret: string | null) => LineSecrets;
  /** This line may send again. */
  ring: (lineId: string) => void;
  logger: Logger;
  random: () => number;
}

const everyMs = 1_000;
/** An application's trouble is that of all its lines: their probes must not become a burst. */
const linesAtOnce = 10;
const deadlineMs = 10_000;

/** Asks Graph about the tokens of lines whose probe is due, every process in turn. Returns how to stop it. */
export function openProbe(parts: ProbeParts): { close(): Promise<void> } {
  return repeat(
    () => probeOnce(parts).catch((err) => parts.logger.warn({ err }, 'lines could not be probed')),
    () => aroundMs(everyMs, parts.random),
  );
}

async function probeOnce(parts: ProbeParts): Promise<void> {
  const probes = await takeProbes(parts.database, linesAtOnce);
  await Promise.all(probes.map((probe) => probeLine(parts, probe)));
}

async function probeLine(parts: ProbeParts, probe: Probe): Promise<void> {
  const verdict = await ask(parts, probe);
  const change = await tellProbe(parts.database, probe, verdict);
  parts.logger.info({ v8l_id: probe.lineId, verdict: verdict.kind, change }, 'probe');
  if (change === 'unparked') parts.ring(probe.lineId);
}

async function ask({ secretsOf, graph }: ProbeParts, probe: Probe): Promise<ProbeVerdict> {
  const secrets = secretsOf(probe.sealedToken, probe.sealedAppSecret);
  if (secrets.kind === 'locked') return { kind: 'no_word' };
  return graph.probe({ token: secrets.token, appSecret: secrets.appSecret, deadlineMs });
}
