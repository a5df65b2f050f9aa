import type { CampaignVerdict, HungryCampaign, NextRecipients } from '@pombo/db/campaign-feed.ts';
import { type Rendering, readTemplate, renderFor } from '@pombo/domain/template.ts';
import type { Logger } from '@pombo/observe/logger.ts';
import type { Metrics } from '@pombo/observe/metrics.ts';
import { aroundMs, repeat } from './repeat.ts';

export interface CampaignParts {
  campaignsToFeed: () => Promise<HungryCampaign[]>;
  nextRecipients: (campaign: HungryCampaign) => Promise<NextRecipients>;
  feedCampaign: (
    campaign: HungryCampaign,
    next: NextRecipients,
    renderings: readonly Rendering[],
  ) => Promise<{ lineId: string; fed: number } | null>;
  /** They are in the backlog then, where the next poll of release finds them. True when there may be more. */
  requeueUnknown: (campaignId: string, limit: number) => Promise<boolean>;
  endCanceled: (limit: number) => Promise<number>;
  foldCampaigns: () => Promise<CampaignVerdict[]>;
  /** These lines have something in the backlog. */
  ring: (lineIds: readonly string[]) => void;
  metrics: Pick<Metrics<'worker'>, 'campaignMessagesFed'>;
  logger: Logger;
  random: () => number;
}

/** While a campaign eats, its backlog is filled up so often; it holds two release windows, which is four seconds at full pace. */
const busyMs = 100;
const idleMs = 500;
const foldMs = 1_000;
const rowsAtOnce = 1_000;

/**
 * Makes the next recipients of running campaigns into messages, ends those of canceled ones, and counts. Every process does;
 * the database sees to it that each recipient is taken once.
 */
export function openCampaigns(parts: CampaignParts): { close(): Promise<void> } {
  const { logger, random } = parts;
  let ate = false;
  const feeding = repeat(
    async () => {
      ate = await feedAll(parts).catch((err) => {
        logger.warn({ err }, 'campaigns could not be fed');
        return false;
      });
    },
    () => aroundMs(ate ? busyMs : idleMs, random),
  );
  const folding = repeat(
    () => fold(parts).catch((err) => logger.warn({ err }, 'campaigns could not be counted')),
    () => aroundMs(foldMs, random),
  );
  return {
    async close() {
      await Promise.all([feeding.close(), folding.close()]);
    },
  };
}

/** True when there was something to do. */
async function feedAll(parts: CampaignParts): Promise<boolean> {
  let ate = false;
  // Every process in an order of its own, so that they do not queue up before the same campaign.
  for (const campaign of shuffled(await parts.campaignsToFeed(), parts.random)) {
    const fed = await feedOne(parts, campaign);
    ate ||= fed;
  }
  const ended = await parts.endCanceled(rowsAtOnce);
  return ate || ended > 0;
}

function shuffled<T>(all: readonly T[], random: () => number): T[] {
  return all
    .map((one) => ({ one, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}

/** Where one cannot be fed the others are. */
async function feedOne(parts: CampaignParts, campaign: HungryCampaign): Promise<boolean> {
  try {
    return campaign.feeds === 'unknown'
      ? await parts.requeueUnknown(campaign.campaignId, campaign.wanted)
      : await feed(parts, campaign);
  } catch (err) {
    parts.logger.warn({ err, campaign: campaign.campaignId }, 'a campaign could not be fed');
    return false;
  }
}

/** What cannot be rendered is marked so, in the same transaction that makes the others into messages. */
async function feed(parts: CampaignParts, campaign: HungryCampaign): Promise<boolean> {
  const next = await parts.nextRecipients(campaign);
  const fed = await parts.feedCampaign(campaign, next, renderingsFor(campaign, next));
  if (fed === null) return false;
  parts.metrics.campaignMessagesFed.inc(fed.fed);
  parts.ring([fed.lineId]);
  return fed.fed > 0;
}

function renderingsFor(
  { type, template: text, defaults }: HungryCampaign,
  { recipients }: NextRecipients,
): Rendering[] {
  const reading = readTemplate(text);
  if (reading.kind === 'broken') return recipients.map(() => ({ kind: 'invalid', because: reading.because }));
  const { template } = reading;
  return recipients.map((recipient) => renderFor(recipient, { type, template, defaults }));
}

async function fold({ foldCampaigns, logger }: CampaignParts): Promise<void> {
  for (const { campaignId, state, because } of await foldCampaigns()) {
    logger.info({ campaign: campaignId, state, because }, 'a campaign moved on');
  }
}
