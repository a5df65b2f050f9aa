import type { ProbeChange, ProbeVerdict } from '@pombo/domain/probe-verdict.ts';
import { type Actor, writeAudit } from './audit.ts';
import type { Database } from './database.ts';
import type { Prisma } from './prisma.ts';
import { readProbe, tellProbe } from './probes.ts';
import type { Seal } from './seal.ts';

export type HandProbe =
  | { kind: 'asked'; verdict: ProbeVerdict; change: ProbeChange }
  | { kind: 'no_line' }
  | { kind: 'no_token' }
  /** No key we have opens its token or its app secret. */
  | { kind: 'locked' };

export interface HandProbeParts {
  database: Database;
  prisma: Prisma;
  seal: Seal;
  /** For lines without one of their own. */
  appSecret: string | null;
  askGraph: (secrets: ProbedSecrets) => Promise<ProbeVerdict>;
}

export interface ProbedSecrets {
  token: string;
  appSecret: string | null;
}

/** Somebody wants to know now: asks Graph whether the line's token works, and records what it said as a worker would. */
export async function probeByHand(parts: HandProbeParts, by: Actor, lineId: string): Promise<HandProbe> {
  const probe = await readProbe(parts.database, lineId);
  if (probe === null) return { kind: 'no_line' };
  if (probe.sealedToken === '') return { kind: 'no_token' };
  const secrets = openSecrets(parts, probe.sealedToken, probe.sealedAppSecret);
  if (secrets === null) return { kind: 'locked' };
  // Before Graph is asked: whatever comes of it, it was asked.
  await writeAudit(parts.prisma, by, { action: 'probe line', object: lineId });
  const verdict = await parts.askGraph(secrets);
  return { kind: 'asked', verdict, change: await tellProbe(parts.database, probe, verdict) };
}

function openSecrets({ seal, appSecret }: HandProbeParts, token: string, own: string | null): ProbedSecrets | null {
  try {
    return { token: seal.open(token), appSecret: own === null ? appSecret : seal.open(own) };
  } catch {
    return null;
  }
}
