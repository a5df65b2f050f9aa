import type { CampaignConduct, CampaignContent } from '@pombo/db/campaigns.ts';
import type { Database } from '@pombo/db/database.ts';
import type { LineAtTheDoor } from '@pombo/db/line-lookup.ts';
import { readLinePace } from '@pombo/db/line-pace.ts';
import { knowsTimeZone } from '@pombo/db/time-zones.ts';
import { refusalOfLine } from '@pombo/domain/line-refusal.ts';
import { type RefusalName, refusals } from '@pombo/domain/refusal.ts';
import { readTemplate, renderFor, variablesOf } from '@pombo/domain/template.ts';
import { badRequest, type Problem } from '../problem.ts';

export interface CampaignCheckParts {
  database: Database;
  findLine: (customerId: string, lineId: string) => Promise<LineAtTheDoor | null>;
}

interface Settings {
  content: CampaignContent;
  conduct: CampaignConduct;
}

/**
 * Why a campaign cannot be like this; null when it can. `before`: as it is already, which nobody has to put right who
 * changes something else.
 */
export async function problemOfSettings(
  { database }: CampaignCheckParts,
  lineId: string,
  { content, conduct }: Settings,
  before: (CampaignContent & CampaignConduct) | null = null,
): Promise<Problem | null> {
  const wrong = whyNotContent(content) ?? whyNotConduct(conduct);
  if (wrong !== null) return badRequest(wrong);
  if (!(await knowsTimeZone(database, conduct.timeZone))) return badRequest(unknownTimeZone);
  if (before && before.rate === conduct.rate && before.type === content.type) return null;
  const tooFast = await whyTooFast(database, lineId, content, conduct);
  return tooFast === null ? null : badRequest(tooFast);
}

/** Why nothing can be sent over this line, in the family's codes; null when it can. */
export async function problemOfLine(
  { findLine }: CampaignCheckParts,
  customerId: string,
  lineId: string,
): Promise<Problem | null> {
  const refusal: RefusalName | null = refusalOfLine(await findLine(customerId, lineId));
  if (refusal === null) return null;
  const { status, statusCode } = refusals[refusal];
  return { status: 400, title: status, code: statusCode, detail: `line ${lineId} cannot send` };
}

function whyNotContent({ type, template, defaults }: CampaignContent): string | null {
  if (template === '') return 'mdata is missing';
  const reading = readTemplate(template);
  if (reading.kind === 'broken') return `mdata: ${reading.because}`;
  // What has variables may be right for one recipient and wrong for the next; each is looked at by itself.
  if (variablesOf(reading.template).length > 0) return null;
  const rendering = renderFor({ dest: '1', variables: null }, { type, template: reading.template, defaults });
  return rendering.kind === 'invalid' ? `mdata: ${rendering.because}` : null;
}

const unknownTimeZone = 'time_zone must be a name of the IANA database, such as America/Sao_Paulo';

function whyNotConduct({ name, timeZone, timeStart, timeEnd, dateStart, dateEnd }: CampaignConduct): string | null {
  if (name === '') return 'name is missing';
  if (!isTimeZone(timeZone)) return unknownTimeZone;
  if ((timeStart === null) !== (timeEnd === null)) return 'time_start and time_end belong together: both or neither';
  if (dateStart !== null && dateEnd !== null && dateEnd < dateStart) return 'date_end must not be before date_start';
  return null;
}

/** Offsets such as `+03:00` are left out: PostgreSQL reads them with the opposite sign. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

async function whyTooFast(
  database: Database,
  lineId: string,
  { type }: CampaignContent,
  { rate }: CampaignConduct,
): Promise<string | null> {
  if (rate === null) return null;
  const pace = await readLinePace(database, lineId);
  const most = type === 'audio' || type === 'video' ? pace?.media : pace?.text;
  return most && rate > most ? `rate must not be above the line's own pace, ${most} per second` : null;
}
