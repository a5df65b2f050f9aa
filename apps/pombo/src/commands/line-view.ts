import type { LineReport } from '@pombo/db/line-report.ts';
import { integer, table } from '../answer.ts';

/** A line for programs. */
export function lineJson(line: LineReport): object {
  return {
    v8l_id: integer(line.lineId),
    cdcs_id: integer(line.customerId),
    name: line.name,
    class: line.class,
    standing: line.standing.word,
    standing_sentence: line.standing.sentence,
    page_id: line.pageId,
    has_page_token: line.hasPageToken,
    has_app_secret: line.hasAppSecret,
    app_id: line.appId,
    rate: line.pace,
    rate_now: line.currentPace,
    media_rate: line.mediaPace,
    media_rate_now: line.currentMediaPace,
    rate_because: line.paceBecause,
    validity_seconds: line.validitySeconds,
    on_unknown: line.onUnknown,
    active: line.active,
    customer_active: line.customerActive,
    paused_at: line.pausedAt,
    parked_at: line.parkedAt,
    parked_until: line.parkedUntil,
    parked_reason: line.parkedReason,
    parked_code: line.parkedCode,
    parked_mend: line.parkedMend,
    probe_at: line.probeAt,
    blocked_until: line.blockedUntil,
    blocked_because: line.blockedBecause,
    trial_at: line.trialAt,
    held_until: line.heldUntil,
    failures: line.failures,
    suspects: line.suspects,
    backlog: line.backlog,
    released: line.released,
    sending: line.openCalls,
    unknown: line.unknown,
    oldest_seconds: line.oldestSeconds === null ? null : Math.round(line.oldestSeconds),
    created_at: line.createdAt,
  };
}

/** A line for people. */
export function lineText(line: LineReport): string {
  const rows: [string, string][] = [
    ['line', `${line.lineId} ${line.name}`.trim()],
    ['customer', line.customerId],
    ['class', line.class],
    ['standing', `${line.standing.word}: ${line.standing.sentence}`],
    ['page', `${line.pageId || 'no page id'}, ${line.hasPageToken ? 'has a token' : 'no token'}`],
    ['pace', paceText(line.pace, line.currentPace)],
    ['media pace', paceText(line.mediaPace, line.currentMediaPace)],
    ['on unknown', line.onUnknown],
    ['backlog', String(line.backlog)],
    ['in the lane', `${line.released}, open calls ${line.openCalls}`],
    ['oldest', line.oldestSeconds === null ? 'nothing waits' : `waits for ${Math.round(line.oldestSeconds)} s`],
    ['unknown', String(line.unknown)],
    ['failures', `${line.failures} in a row`],
  ];
  return rows.map(([what, value]) => `${what.padEnd(12)} ${value}`).join('\n');
}

/** Many lines for people. */
export function linesTable(lines: readonly LineReport[]): string {
  const rows = lines.map((line) => [
    line.lineId,
    line.customerId,
    line.name,
    line.class,
    line.standing.word,
    paceText(line.pace, line.currentPace),
    String(line.backlog),
    String(line.unknown),
  ]);
  const headings = ['line', 'customer', 'name', 'class', 'standing', 'pace', 'backlog', 'unknown'];
  return table(headings, rows, 'There is no line yet.');
}

function paceText(configured: number, current: number): string {
  if (configured === 0) return 'none';
  return current < configured ? `${configured}/s, now ${current.toFixed(1)}/s` : `${configured}/s`;
}
