import { type Answer, done, table } from '../answer.ts';
import { type Api, ask, posting } from '../api.ts';
import { grouped } from './progress.ts';

interface Preview {
  row: number;
  dest: string;
  mdata: string | null;
  error: string | null;
  excluded: boolean;
}

interface DryRun {
  recipients: number;
  sendable: number;
  refused: { reason: string; count: number; example: { row: number; dest: string } }[];
  excluded: number;
}

/** What one recipient of the list would get. */
export async function previewRow(api: Api, campaignId: string, row: string): Promise<Answer> {
  const preview = await ask<Preview>(api, `/v1/campaigns/${campaignId}/preview?row=${row}`);
  const { dest, mdata, error, excluded } = preview;
  const note = excluded ? ' (on the exclusion list: gets nothing)' : '';
  const what = error === null ? `\n${mdata}` : `Gets nothing: ${error}.`;
  return done(preview, `Recipient ${preview.row}, ${dest}${note}\n${what}`);
}

/** What would become of the whole list, with nothing sent. */
export async function dryRun(api: Api, campaignId: string): Promise<Answer> {
  const path = `/v1/campaigns/${campaignId}/dry-run`;
  // A list of millions takes as long as it takes.
  const run = await ask<DryRun>(api, path, { ...posting(), signal: null });
  const { recipients, sendable, excluded } = run;
  const refused = run.refused.reduce((sum, { count }) => sum + count, 0);
  const not = `${grouped(refused)} would not, and ${grouped(excluded)} are excluded`;
  const told = `Of ${grouped(recipients)} recipients, ${grouped(sendable)} would be sent to, ${not}.`;
  if (refused === 0) return done(run, told);
  const rows = run.refused.map(({ reason, count, example }) => [
    grouped(count),
    reason,
    `row ${example.row}, ${example.dest}`,
  ]);
  return done(run, `${told}\n\n${table(['count', 'why not', 'for example'], rows, '')}`);
}
