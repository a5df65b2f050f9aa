import { probeByHand } from '@pombo/db/probe-by-hand.ts';
import { probeInWords, saidByGraph } from '@pombo/domain/probe-verdict.ts';
import { probeOnce } from '@pombo/graph/probe-once.ts';
import { type Answer, done, integer, refused } from '../answer.ts';
import { commandActor } from '../command-actor.ts';
import type { Workbench } from '../workbench.ts';

/** Asks Graph now whether the line's token works, and records what it said as a worker would. */
export async function probeLine(workbench: Workbench, lineId: string): Promise<Answer> {
  const { database, prisma, graphBaseUrl: baseUrl, graphApiVersion: apiVersion, graphAppSecret } = workbench;
  const probed = await probeByHand(
    {
      database,
      prisma,
      seal: workbench.seal(),
      appSecret: graphAppSecret,
      askGraph: (secrets) => probeOnce({ baseUrl, apiVersion }, secrets),
    },
    commandActor(),
    lineId,
  );
  switch (probed.kind) {
    case 'no_line':
      return refused(`There is no line ${lineId}.`);
    case 'no_token':
      return refused(`Line ${lineId} has no page access token.`);
    case 'locked':
      return refused(`No key in SEAL_KEY opens the page access token of line ${lineId}.`);
    case 'asked': {
      const { verdict, change } = probed;
      const json = { v8l_id: integer(lineId), answer: verdict.kind, said: saidByGraph(verdict), change };
      return done(json, probeInWords(verdict, change));
    }
  }
}
