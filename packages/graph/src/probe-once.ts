import type { ProbeVerdict } from '@pombo/domain/probe-verdict.ts';
import { type GraphClientOptions, openGraphClient, type ProbeCall } from './client.ts';

const deadlineMs = 10_000;

/** Asks Graph about one token, over a connection of its own that is closed afterwards. */
export async function probeOnce(
  { baseUrl, apiVersion }: Pick<GraphClientOptions, 'baseUrl' | 'apiVersion'>,
  secrets: Omit<ProbeCall, 'deadlineMs'>,
): Promise<ProbeVerdict> {
  const graph = openGraphClient({ baseUrl, apiVersion, connections: 1 });
  try {
    return await graph.probe({ ...secrets, deadlineMs });
  } finally {
    await graph.close();
  }
}
