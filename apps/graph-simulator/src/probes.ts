import { openMilestone } from './milestone.ts';

/** How often Graph was asked about a token instead of being sent a message. */
export interface Probes {
  /** `null`: the token was good for no page. */
  add(pageId: string | null): void;
  summary(): ProbeSummary;
  /** Resolves when there have been this many. */
  whenAsked(count: number): Promise<void>;
}

export interface ProbeSummary {
  asked: number;
  /** Those with a token that is good for a page, whatever the weather made of them. */
  byPage: Record<string, number>;
}

export function openProbes(): Probes {
  const asked = openMilestone();
  const byPage = new Map<string, number>();
  return {
    add(pageId) {
      if (pageId !== null) byPage.set(pageId, (byPage.get(pageId) ?? 0) + 1);
      asked.reach(asked.count + 1);
    },
    summary: () => ({ asked: asked.count, byPage: Object.fromEntries(byPage) }),
    whenAsked: (count) => asked.when(count),
  };
}
