import { type RunningProcess, silentAfterSeconds } from '@pombo/db/processes.ts';
import { lanes } from '@pombo/domain/lane.ts';
import { type Html, html } from '../page/html.ts';
import { duration } from '../page/moment.ts';

/** Who runs, and what it says it does. */
export function processTable(processes: readonly RunningProcess[], now: Date): Html {
  if (processes.length === 0) return html`<p class="soft">No process has said that it lives.</p>`;
  return html`<div class="scroll wide"><table>
<thead><tr><th>Process<th>Kind<th>Version<th>Running for<th>State<th>What it does<th>Connections<th class="number">Event loop</tr></thead>
<tbody>${processes.map((process) => processRow(process, now))}</tbody>
</table></div>`;
}

export function isSilent({ secondsSilent }: RunningProcess): boolean {
  return secondsSilent > silentAfterSeconds;
}

function processRow(process: RunningProcess, now: Date): Html {
  const { name, kind, version, startedAt, doing } = process;
  const { total, idle, waiting } = doing.pool;
  const inLine = waiting > 0 ? `, ${waiting} in line` : '';
  return html`<tr><td><code>${name}</code><td>${kind}<td>${version}<td>${duration((now.getTime() - startedAt.getTime()) / 1_000)}<td>${stateOf(process, now)}<td>${doingOf(process)}<td>${total - idle} of ${total} busy${inLine}<td class="number">${doing.eventLoopDelayMs.toFixed(0)} ms late</tr>`;
}

function stateOf(process: RunningProcess, now: Date): Html {
  if (!isSilent(process)) return html`<span class="good">alive</span>`;
  const since = new Date(now.getTime() - process.secondsSilent * 1_000).toISOString().slice(11, 19);
  return html`<span class="bad">silent</span> since ${since} (${duration(process.secondsSilent)})`;
}

function doingOf({ kind, doing, secondsSilent }: RunningProcess): Html {
  const { lanes: inLanes, sentLastMinute, callersWaiting } = doing;
  if (kind === 'api') return html`${callersWaiting ?? 0} callers wait for an outcome`;
  if (inLanes === undefined) return html`<span class="soft">-</span>`;
  const each = lanes.map((lane) => {
    const { openCalls, slots, secondsSinceNote } = inLanes[lane];
    const last =
      secondsSinceNote === null ? 'no note yet' : `last note ${duration(secondsSinceNote + secondsSilent)} ago`;
    return html`<br><span class="soft">${lane}:</span> ${openCalls} of ${slots} calls open, ${last}`;
  });
  return html`${sentLastMinute ?? 0} sent in its last minute${each}`;
}
