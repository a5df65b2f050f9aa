import { type ListedRecipient, listRecipients } from '@pombo/db/campaign-list.ts';
import type { Campaign } from '@pombo/db/campaigns.ts';
import type { Database } from '@pombo/db/database.ts';
import { type Rendering, readTemplate, renderFor, type Variables } from '@pombo/domain/template.ts';
import type { AtOnce } from '../at-once.ts';

/** What a list would come to if it were sent now. */
export interface DryRun {
  recipients: number;
  sendable: number;
  excluded: number;
  refused: Map<string, { count: number; example: { row: number; dest: string } }>;
}

/** A recipient may be 64 KiB: so a page is never more than a few megabytes, and mostly much less. */
const pageRows = 250;

/** Makes the message of one recipient of this campaign, or says why it cannot be made. */
export function renderingOf({
  type,
  template,
  defaults,
}: Campaign): (recipient: { dest: string; variables: Variables | null }) => Rendering {
  const reading = readTemplate(template);
  if (reading.kind === 'broken') return () => ({ kind: 'invalid', because: reading.because });
  return (recipient) => renderFor(recipient, { type, template: reading.template, defaults });
}

/** Renders the whole list, a page at a time. Null when nobody wants to know any more before it has come to the end. */
export async function dryRun(
  { database, atOnce }: { database: Database; atOnce: AtOnce },
  campaign: Campaign,
  isWanted: () => boolean,
): Promise<DryRun | null> {
  const render = renderingOf(campaign);
  const run: DryRun = { recipients: 0, sendable: 0, excluded: 0, refused: new Map() };
  for (let after = 0; isWanted(); ) {
    const page = await atOnce.run(() => listRecipients(database, campaign.campaignId, after, pageRows));
    for (const recipient of page) count(run, recipient, render);
    if (page.length < pageRows) return run;
    after = page.at(-1)?.number ?? after;
  }
  return null;
}

function count(run: DryRun, recipient: ListedRecipient, render: ReturnType<typeof renderingOf>): void {
  run.recipients += 1;
  if (recipient.excluded) {
    run.excluded += 1;
    return;
  }
  const rendering = render(recipient);
  if (rendering.kind === 'message') {
    run.sendable += 1;
    return;
  }
  const first = { count: 0, example: { row: run.recipients, dest: recipient.dest } };
  const refused = run.refused.get(rendering.because) ?? first;
  refused.count += 1;
  run.refused.set(rendering.because, refused);
}
