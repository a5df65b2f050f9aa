import type { LineAttempt } from '@pombo/db/line-attempts.ts';
import type { LineCampaign } from '@pombo/db/line-campaigns.ts';
import type { LineReport } from '@pombo/db/line-report.ts';
import { rateWord } from '../page/figures.ts';
import { framed } from '../page/frame.ts';
import { type Html, html } from '../page/html.ts';
import { clock, duration } from '../page/moment.ts';
import { notice } from '../page/notice.ts';
import { whenUnknown } from '../page/on-unknown.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import { attemptTables } from './attempt-tables.ts';
import { lineActions } from './line-actions.ts';
import { linePath } from './line-address.ts';
import { lineNotices } from './line-notices.ts';
import { standingTones, useWords } from './line-words.ts';
import { probeNotice } from './probe-notice.ts';

export interface LinePageParts {
  visitor: Visitor;
  line: LineReport;
  /** The latest first. */
  attempts: readonly LineAttempt[];
  campaigns: readonly LineCampaign[];
  query: unknown;
}

/** Everything there is to say about one line, and what may be done about it. */
export function linePage({ visitor, line, attempts, campaigns, query }: LinePageParts, now: Date): string {
  const said = textsIn(query);
  return framed({
    visitor,
    room: 'lines',
    title: `line ${line.lineId}`,
    live: linePath(line.lineId),
    body: html`<h1>Line ${line.lineId} <bdi class="soft">${line.name}</bdi></h1>
<p class="soft">As of ${clock(now)} UTC</p>
${notice(said.said, lineNotices)}${probeNotice(said)}
<p><strong class="${standingTones[line.standing.word]}">${line.standing.word}</strong> <bdi class="sentence">${line.standing.sentence}</bdi></p>
${lineActions(visitor, line)}
<h2>Unfinished</h2>
${unfinished(line)}
<p><a href="/messages?line=${line.lineId}">Its messages</a></p>
<h2>Pace</h2>
${paces(line)}
<h2>Health</h2>
${facts(health(line))}
<h2>Whose and what</h2>
${facts(identity(line))}
<h2>Campaigns</h2>
${campaignTable(campaigns)}
${attemptTables(attempts)}`,
  });
}

/** Those words of the address that this page knows something to say about, once. */
function textsIn(query: unknown): Record<string, string> {
  const words = Object.entries(query as Record<string, unknown>).filter(
    (entry): entry is [string, string] => ['said', 'probe', 'code'].includes(entry[0]) && typeof entry[1] === 'string',
  );
  return Object.fromEntries(words);
}

function unfinished({ backlog, released, openCalls, unknown, oldestSeconds }: LineReport): Html {
  const figures: [string, string | number][] = [
    ['backlog', backlog],
    ['oldest waiting', oldestSeconds === null ? '-' : duration(oldestSeconds)],
    ['released', released],
    ['open calls', openCalls],
    ['unknown', unknown],
  ];
  return html`<dl class="totals">${figures.map(([name, figure]) => html`<div><dt>${name}</dt><dd>${figure}</dd></div>`)}</dl>`;
}

function paces(line: LineReport): Html {
  const row = (name: string, configured: number, current: number, used: number) =>
    html`<tr><td>${name}<td class="number">${configured === 0 ? 'none' : `${configured}/s`}<td class="number">${configured === 0 ? '-' : `${perSecond(current)}/s`}<td class="number">${useWords(current, used)}</tr>`;
  const why =
    line.currentShare < 1
      ? html`<p>It may send at ${Math.floor(100 * line.currentShare)} % of its pace and is recovering: <bdi class="sentence">${line.paceBecause ?? 'nobody said why'}</bdi></p>`
      : null;
  return html`<div class="scroll"><table><thead><tr><th>Budget<th class="number">Configured<th class="number">Allowed just now<th class="number">Used, of what is allowed</tr></thead>
<tbody>${row('Texts, images, files', line.pace, line.currentPace, line.usedPace)}${row('Audio, video', line.mediaPace, line.currentMediaPace, line.usedMediaPace)}</tbody></table></div>
${why}<p class="soft">Used: turns a second, a mean over the last one to two minutes.</p>`;
}

/** Not more digits than somebody typed. */
function perSecond(pace: number): string {
  return String(Number(pace.toFixed(3)));
}

type Fact = [name: string, value: string | number];

function health(line: LineReport): Fact[] {
  const held =
    line.heldUntil === null
      ? 'no'
      : `until ${moment(line.heldUntil)}, ${line.heldNow} of lane now, ${line.heldBulk} of lane bulk`;
  return [
    ['Calls without an answer, in a row', line.failures],
    ['Closed to trial calls', line.trialAt === null ? 'no' : `the next at ${moment(line.trialAt)}`],
    ['Held to few open calls', held],
    [
      'Blocked',
      line.blockedUntil === null
        ? 'no'
        : `until ${moment(line.blockedUntil)}: ${line.blockedBecause ?? 'nobody said why'}`,
    ],
    ['Parked', parking(line)],
    ['A worker asks about its token', moment(line.probeAt)],
    ['Recipients refused for want of a permission, in a row', line.suspects],
  ];
}

function parking({ parkedAt, parkedUntil, parkedCode, parkedMend }: LineReport): string {
  if (parkedAt === null) return 'no';
  const code = parkedCode ? `, HTTP ${parkedCode}` : '';
  const until = parkedUntil === null ? '' : `, until ${moment(parkedUntil)}`;
  return `since ${moment(parkedAt)}${code}${until}; ${mends[parkedMend ?? 'operator']}`;
}

const mends = {
  operator: 'an operator has to resume it',
  token: 'a token that works ends it',
  time: 'it ends by itself',
} as const satisfies Record<NonNullable<LineReport['parkedMend']>, string>;

function identity(line: LineReport): Fact[] {
  return [
    ['Customer', `${line.customerId} ${line.customerName}${line.customerActive ? '' : ' (blocked)'}`],
    ['Page', line.pageId || 'no page id'],
    ['Page access token', line.hasPageToken ? 'there is one' : 'none'],
    [
      'App',
      `${line.appId ?? 'no app id'}, ${line.hasAppSecret ? 'an app secret of its own' : 'no app secret of its own'}`,
    ],
    ['Class', line.class],
    ['When the outcome is unknown', whenUnknown(line.onUnknown)],
    ['A message is worth sending for', duration(line.validitySeconds)],
    ['Made', moment(line.createdAt)],
  ];
}

function facts(list: readonly Fact[]): Html {
  return html`<dl class="facts">${list.map(([name, value]) => html`<dt>${name}</dt><dd><bdi>${value}</bdi></dd>`)}</dl>`;
}

function moment(at: Date | null): string {
  return at === null ? '-' : `${clock(at)} UTC`;
}

function campaignTable(campaigns: readonly LineCampaign[]): Html {
  if (campaigns.length === 0) return html`<p class="soft">It has no campaign.</p>`;
  return html`<div class="scroll"><table><thead><tr><th>Campaign<th>State<th class="number">Rate<th>Made (UTC)</tr></thead>
<tbody>${campaigns.map(campaignRow)}</tbody></table></div>`;
}

function campaignRow({ campaignId, name, state, because, rateNow, createdAt }: LineCampaign): Html {
  const rate = rateWord(rateNow);
  return html`<tr><td class="name"><a href="/campaigns/${campaignId}">${campaignId}</a> <bdi class="soft">${name}</bdi><td>${state}${because === null ? null : html`<br><bdi class="sentence">${because}</bdi>`}<td class="number">${rate === null ? '-' : `${rate}/s`}<td class="time">${clock(createdAt)}</tr>`;
}
