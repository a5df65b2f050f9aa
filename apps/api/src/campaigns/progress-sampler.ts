import type { CampaignSample } from '@pombo/db/campaign-sample.ts';

export interface ProgressSampler {
  /** Tells every sample from the next on; null: there is no such campaign any more. Returns how to stop that. */
  watch(campaignId: string, tell: (sample: CampaignSample | null) => void): () => void;
}

export interface SamplerOptions {
  /** Those that are not there are missing in the answer. */
  read: (campaignIds: readonly string[]) => Promise<Map<string, CampaignSample>>;
  everyMs: number;
  /** What has to be over before anybody is told anything. */
  beforeTelling: () => Promise<void>;
  onTrouble: (error: unknown) => void;
}

/** Looks at all campaigns anybody watches, together, however many watch. Nobody watches: nothing is asked. */
export function createProgressSampler({ read, everyMs, beforeTelling, onTrouble }: SamplerOptions): ProgressSampler {
  const watchers = new Map<string, Set<(sample: CampaignSample | null) => void>>();
  let isDue = false;

  async function look(): Promise<void> {
    try {
      const campaignIds = [...watchers.keys()];
      const samples = campaignIds.length > 0 ? await read(campaignIds) : new Map<string, CampaignSample>();
      await beforeTelling();
      for (const id of campaignIds) for (const tell of watchers.get(id) ?? []) tell(samples.get(id) ?? null);
    } catch (error) {
      onTrouble(error);
    }
    isDue = false;
    lookAgain();
  }

  /** One look at a time, and the process does not live on for it. */
  function lookAgain(): void {
    if (isDue || watchers.size === 0) return;
    isDue = true;
    setTimeout(() => void look(), everyMs).unref();
  }

  return {
    watch(campaignId, tell) {
      const others = watchers.get(campaignId) ?? new Set();
      watchers.set(campaignId, others.add(tell));
      lookAgain();
      return () => {
        others.delete(tell);
        if (others.size === 0 && watchers.get(campaignId) === others) watchers.delete(campaignId);
      };
    },
  };
}
