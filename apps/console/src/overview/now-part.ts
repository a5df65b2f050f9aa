import type { Throughput } from '@pombo/db/history.ts';
import { type TimeToDrain, timeToDrain } from '@pombo/domain/time-to-drain.ts';
import { type Html, html } from '../page/html.ts';
import { duration } from '../page/moment.ts';
import type { Overview } from './overview-page.ts';
import { isSilent } from './process-table.ts';

/** How things stand at this moment. */
export function nowPart(overview: Overview): Html {
  const { numbers, flow, processes } = overview;
  const workers = processes.filter(({ kind }) => kind === 'worker');
  const alive = workers.filter((worker) => !isSilent(worker)).length;
  const waiting = waitingOf(overview);
  const drain = timeToDrain({ waiting, inPerSecond: flow.drain.in, outPerSecond: flow.drain.out });
  return html`<dl class="totals">
${tile('in, per second', perSecond(flow.perSecond.in), `${whole(flow.lastMinute.in)} in the last minute`)}
${tile('out, per second', perSecond(flow.perSecond.out), `${whole(flow.lastMinute.out)} in the last minute`)}
${tile('backlog', whole(numbers.backlog), null)}
${tile('released', whole(numbers.released.now + numbers.released.bulk), `now ${whole(numbers.released.now)}, bulk ${whole(numbers.released.bulk)}`)}
${tile('open calls', whole(numbers.openCalls), null)}
${tile('oldest waiting', numbers.oldestAgeSeconds === 0 ? '-' : duration(numbers.oldestAgeSeconds), null)}
${tile('unknown', whole(numbers.unknown), null, numbers.unknown > 0 ? 'wait' : '')}
${tile('lines parked', whole(numbers.linesParked), null, numbers.linesParked > 0 ? 'bad' : '')}
${tile('workers alive', whole(alive), workers.length > alive ? `${workers.length - alive} silent` : null, alive === 0 ? 'bad' : '')}
${tile('time to drain', drainWords[drain.kind](drain), null, drain.kind === 'not_draining' ? 'wait' : '')}
</dl>
<p class="soft">${formula(waiting, flow.drain)}</p>`;
}

/** Everything that still has to go: recipients of running campaigns have no message yet. */
function waitingOf({ numbers, campaigns }: Overview): number {
  return numbers.backlog + numbers.released.now + numbers.released.bulk + campaigns.waiting;
}

const drainWords = {
  nothing_waits: () => 'nothing waits',
  not_draining: () => 'not draining',
  seconds: (drain) => (drain.kind === 'seconds' ? duration(drain.seconds) : ''),
} as const satisfies Record<TimeToDrain['kind'], (drain: TimeToDrain) => string>;

function formula(waiting: number, flow: Throughput): string {
  return `Time to drain: ${whole(waiting)} that still have to go (backlog, released, and recipients of running campaigns) ÷ (${perSecond(flow.out)} settled − ${perSecond(flow.in)} accepted from callers, per second since the last whole minute began). What is in and out per second is the mean of the last ten seconds.`;
}

function tile(name: string, value: string, more: string | null, tone = ''): Html {
  return html`<div><dt>${name}</dt><dd class="${tone}">${value}${more === null ? null : html`<small>${more}</small>`}</dd></div>`;
}

function perSecond(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : rate.toFixed(1);
}

/** With thin spaces, so that millions can be told from thousands. */
function whole(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}
