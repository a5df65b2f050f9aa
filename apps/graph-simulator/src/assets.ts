import type { Content } from './check-send.ts';
import type { GraphError } from './graph-error.ts';
import { openMilestone } from './milestone.ts';

/** The media pages have uploaded, each under an id that is good for that page alone. */
export interface Assets {
  /** An upload was asked for, whatever becomes of it. */
  ask(): void;
  keep(pageId: string, media: Content): string;
  /** What this page may send by this id. */
  find(pageId: string, id: string): { kind: 'media'; media: Content } | { kind: 'error'; error: GraphError };
  /** No id that was given out so far is good any more. */
  expireAll(): void;
  summary(): AssetSummary;
  /** Resolves when so many uploads have been asked for. */
  whenAsked(count: number): Promise<void>;
}

export interface AssetSummary {
  asked: number;
  /** How many ids each page was given, those that have expired included. */
  keptByPage: Record<string, number>;
  /** The ids that are good. */
  good: { id: string; pageId: string; type: string; url: string }[];
}

/** Ids look like Meta's: sixteen digits. They begin anywhere, so that those of an earlier life are good no more. */
const firstId = 1_600_000_000_000_000;
const mostIds = 1e14;

export function openAssets(random: () => number): Assets {
  const good = new Map<string, { pageId: string; media: Content }>();
  const asked = openMilestone();
  const keptByPage = new Map<string, number>();
  let lastId: number | null = null;
  return {
    ask: () => asked.reach(asked.count + 1),
    keep(pageId, media) {
      lastId = (lastId ?? firstId + Math.floor(random() * mostIds)) + 1;
      const id = String(lastId);
      good.set(id, { pageId, media });
      keptByPage.set(pageId, (keptByPage.get(pageId) ?? 0) + 1);
      return id;
    },
    find(pageId, id) {
      const kept = good.get(id);
      return kept?.pageId === pageId ? { kind: 'media', media: kept.media } : { kind: 'error', error: unknownId };
    },
    expireAll: () => good.clear(),
    summary: () => ({
      asked: asked.count,
      keptByPage: Object.fromEntries(keptByPage),
      good: [...good].map(([id, { pageId, media }]) => ({ id, pageId, type: media.type, url: media.content })),
    }),
    whenAsked: (count) => asked.when(count),
  };
}

const unknownId: GraphError = { code: 100, subcode: 2018074 };
