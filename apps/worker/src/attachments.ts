import type { OpenAttempt } from '@pombo/db/claim.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import { LRUCache } from 'lru-cache';

export interface AttachmentParts {
  findAttachment: (campaignId: string) => Promise<string | null>;
  hasMetGoneAsset: (messageId: string) => Promise<boolean>;
  forgetAttachment: (campaignId: string, attachmentId: string) => Promise<boolean>;
  logger: Logger;
}

/** What the media of campaigns is sent by. */
export interface Attachments {
  /** The id of the media this message is to be sent by. Null: by its URL, which is always right. Never rejects. */
  find(attempt: OpenAttempt): Promise<string | null>;
  /** Graph does not know this id. Never rejects. */
  forget(attempt: OpenAttempt, attachmentId: string | null): Promise<void>;
}

/** An id that was uploaded, or was forgotten elsewhere, is heard of after so long. */
const knownForMs = 2_000;
const mostCampaigns = 1_000;

/** What a campaign says is fixed from its start on, so that its number is all one has to know. */
export function openAttachments(parts: AttachmentParts): Attachments {
  const { logger } = parts;
  const known = new LRUCache<string, { id: string | null }>({
    max: mostCampaigns,
    ttl: knownForMs,
    fetchMethod: async (campaignId) => ({ id: await parts.findAttachment(campaignId) }),
  });

  async function ask({ attempt, messageId }: OpenAttempt, campaignId: string): Promise<string | null> {
    // It goes by the URL then: no message is refused twice for the sake of an id, whoever may still believe in one.
    if (attempt > 1 && (await parts.hasMetGoneAsset(messageId))) return null;
    return (await known.fetch(campaignId))?.id ?? null;
  }

  return {
    async find(attempt) {
      const { type, campaignId } = attempt;
      if (type === 'text' || campaignId === null) return null;
      return ask(attempt, campaignId).catch((err) => {
        logger.warn({ err, campaign: campaignId }, 'its uploaded media could not be looked up: sent by its URL');
        return null;
      });
    },
    async forget({ campaignId }, attachmentId) {
      if (campaignId === null || attachmentId === null) return;
      if (known.peek(campaignId)?.id === attachmentId) known.set(campaignId, { id: null });
      try {
        const forgotten = await parts.forgetAttachment(campaignId, attachmentId);
        if (forgotten) logger.info({ campaign: campaignId }, 'Meta no longer knows its uploaded media');
      } catch (err) {
        logger.warn({ err, campaign: campaignId }, 'media that is gone could not be forgotten');
      }
    },
  };
}
