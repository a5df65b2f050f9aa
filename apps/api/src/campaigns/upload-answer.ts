import { findUpload } from '@pombo/db/campaign-list.ts';
import { type Campaign, findCampaign } from '@pombo/db/campaigns.ts';
import type { Problem } from '../problem.ts';
import { noSuchCampaign } from './campaign-entry.ts';
import type { CampaignParts } from './campaign-parts.ts';
import type { ListEnding, ListTaken } from './take-list.ts';
import { uploadView } from './upload-view.ts';

export type UploadAnswer =
  | { kind: 'complete'; view: ReturnType<typeof uploadView> }
  | { kind: 'refused'; problem: Problem };

/** How it ended and, in every case, what of it is committed. */
export async function answerOfUpload(
  { database, limits }: Pick<CampaignParts, 'database' | 'limits'>,
  { customerId, campaignId }: Campaign,
  upload: string,
  { how, rows }: ListTaken,
): Promise<UploadAnswer> {
  const found = await findUpload(database, customerId, campaignId, upload).catch(() => null);
  const campaign = await findCampaign(database, customerId, campaignId).catch(() => undefined);
  // Another request may have brought it to its end meanwhile.
  if (found?.upload.endedAt) return { kind: 'complete', view: uploadView(found) };
  if (campaign === null) return { kind: 'refused', problem: noSuchCampaign };
  const members = found ? uploadView(found) : { upload, rows };
  const problem = campaign && how.kind !== 'uncertain' ? problemOf(how, campaign, limits.maxRecipients) : uncertain;
  return { kind: 'refused', problem: { ...problem, members } };
}

const goOn = 'send the same list again with this Upload-Id to go on after the last committed row';

function problemOf(
  how: Exclude<ListEnding, { kind: 'uncertain' }>,
  { state }: Campaign,
  maxRecipients: number,
): Problem {
  switch (how.kind) {
    case 'broken':
      return { status: 400, title: 'The list cannot be read to its end', detail: how.because };
    case 'lost':
      return { status: 400, title: 'The connection was lost', detail: goOn };
    case 'silent':
      return { status: 408, title: 'The sender fell silent', detail: goOn };
    case 'stopped':
      return { status: 503, title: 'unavailable', detail: `this process is stopping; ${goOn}` };
    case 'not_draft':
      return { status: 409, title: 'Its state does not allow that', detail: `the campaign is ${state}, no draft` };
    case 'unwelcome':
      return how.problem;
    // The upload would have said so, had it been found.
    case 'complete':
      return uncertain;
    case 'elsewhere':
      return { status: 409, title: 'Another request is at this upload' };
    case 'too_many':
      return { status: 413, title: 'Too many recipients', detail: `a campaign has at most ${maxRecipients}` };
  }
}

/** Where the database can be asked again by now, `rows` says what it has; else it is what is known for certain. */
const uncertain: Problem = {
  status: 503,
  title: 'unavailable',
  detail: `the database did not say what became of the last rows; ${goOn}`,
};
