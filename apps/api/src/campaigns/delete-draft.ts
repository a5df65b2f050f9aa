import { deleteNextRecipients } from '@pombo/db/campaign-list.ts';
import { deleteDraft } from '@pombo/db/campaigns.ts';
import type { Database } from '@pombo/db/database.ts';
import type { AtOnce } from '../at-once.ts';

/** Deletes a draft and its list. False when it is no draft of this account. */
export async function deleteDraftAndList(
  { database, atOnce }: { database: Database; atOnce: AtOnce },
  customerId: string,
  campaignId: string,
): Promise<boolean> {
  if (!(await deleteDraft(database, customerId, campaignId))) return false;
  while (await atOnce.run(() => deleteNextRecipients(database, campaignId)));
  return true;
}
