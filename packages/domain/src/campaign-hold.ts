import type { CampaignState } from './campaign-state.ts';
import type { LineStanding, LineStandingWord } from './line-standing.ts';

/** When a campaign may send, on the wall clock of its time zone. */
export interface CampaignHours {
  timeZone: string;
  timeStart: string | null;
  timeEnd: string | null;
  dateStart: string | null;
  dateEnd: string | null;
}

/** What may keep a campaign from sending. */
export interface HoldFacts {
  isWithinHours: boolean;
  /** Null: it waits for no media. Otherwise why the last upload failed; empty when none has. */
  mediaTrouble: string | null;
}

const sendsNothing = {
  inactive: true,
  paused: true,
  parked: true,
  closed: true,
  blocked: true,
  held: false,
  slowed: false,
  open: false,
} as const satisfies Record<LineStandingWord, boolean>;

/** Why a campaign that is to send does not just now, in words for its owner; null when nothing keeps it. Pure. */
export function holdOf(
  campaign: CampaignHours & HoldFacts & { state: CampaignState },
  line: LineStanding | null,
): string | null {
  if (campaign.state !== 'running' && campaign.state !== 'finishing') return null;
  if (!campaign.isWithinHours) return `outside its hours: ${hoursInWords(campaign)}`;
  if (line !== null && sendsNothing[line.word]) return `its line does not send. ${line.sentence}`;
  if (campaign.state === 'finishing' || campaign.mediaTrouble === null) return null;
  return `its media is not uploaded yet${campaign.mediaTrouble === '' ? '' : `: ${campaign.mediaTrouble}`}`;
}

function hoursInWords({ timeStart, timeEnd, dateStart, dateEnd, timeZone }: CampaignHours): string {
  const hours = timeStart === null || timeEnd === null ? [] : [`${timeStart} to ${timeEnd}`];
  const from = dateStart === null ? [] : [`from ${dateStart}`];
  const until = dateEnd === null ? [] : [`until ${dateEnd}`];
  return `${[...hours, ...from, ...until].join(', ')} (${timeZone})`;
}
