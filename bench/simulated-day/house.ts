import { createFifo, type Fifo } from '@pombo/db/fifo.ts';
import { laneLimit } from '@pombo/db/release.ts';
import type { Lane } from '@pombo/domain/lane.ts';
import { linesAsked, pollMs, restAfter } from '@pombo/worker/release.ts';
import { openGates } from './gates.ts';
import { openWheel } from './wheel.ts';

/** How finely the clock goes. */
export const stepMs = 5;
/** Nothing that has begun takes longer. */
const longestMs = 20_000;

/** The rules of `release_lines`. */
const linesPerLook = 100;
const smallestWindow = 20;
const largestWindow = 2_000;
const longestSleepMs = 3_000;

/** Asking the gate in vain is a part of what a message costs that gets its turn. */
const costOfNo = 0.3;

export interface Campaign {
  line: number;
  startedAt: number;
  left: number;
  inLane: number;
}

/** A message that has left the backlog, or never was in it. */
export interface Message {
  line: number;
  lane: Lane;
  acceptedAt: number;
  /** Null: it was sent by itself. */
  campaign: Campaign | null;
  /** In its line, since it is in lane `bulk`. */
  place: number;
}

export interface HouseParts {
  /** Of each line, in turns per second: 20 or more, so that nothing has to wait for three seconds once it is in the lane. */
  paces: Float64Array;
  /** How many messages all workers together can send, release and database included. */
  perSecond: number;
  slots: Record<Lane, number>;
  graphMs: () => number;
  /** What a look of release costs at these lines, moving these messages. */
  lookMs: (look: { lines: number; moved: number }) => number;
  onTurn: (message: Message, at: number) => void;
}

interface Line {
  singles: Fifo<number>;
  singlesInLane: number;
  campaigns: Campaign[];
  released: number;
  sending: number;
  lookedAt: number;
  rung: boolean;
}

/** Release, lanes, gates and workers as rules on a clock of their own; Graph, PostgreSQL and the queue are times they take. */
export function openSimulatedHouse(parts: HouseParts) {
  const { paces, perSecond, slots, graphMs, lookMs, onTurn } = parts;
  const lines: Line[] = Array.from(paces, () => ({
    singles: createFifo<number>(),
    singlesInLane: 0,
    campaigns: [],
    released: 0,
    sending: 0,
    lookedAt: -1,
    rung: false,
  }));
  const gates = openGates(paces);
  const wakes = openWheel<Message>(longestMs / stepMs);
  const settles = openWheel<Message>(longestMs / stepMs);
  const ready: Record<Lane, Fifo<Message>> = { now: createFifo(), bulk: createFifo() };
  const inFlight: Record<Lane, number> = { now: 0, bulk: 0 };
  const withBacklog = new Set<number>();
  let rung: number[] = [];
  let inLane = 0;
  let lookAt = 0;
  let pollAt = 0;
  let strength = 0;
  let next: Lane = 'now';
  let now = 0;

  const windowOf = (line: number) =>
    Math.min(largestWindow, Math.max(smallestWindow, Math.ceil(2 * (paces[line] ?? 0))));
  const hasBacklog = ({ singles, campaigns }: Line) => singles.length() > 0 || campaigns.length > 0;

  function ring(index: number): void {
    const line = lines[index];
    if (!line || line.rung) return;
    line.rung = true;
    rung.push(index);
  }

  function wait(index: number): void {
    withBacklog.add(index);
    ring(index);
  }

  /** One look: the lines that were looked at longest ago, each filled up to its window, its share and the room there is. */
  function look(): void {
    if (laneLimit - inLane < laneLimit / 40) {
      lookAt = now + restAfter({ busy: true, moved: 0, crowded: false, tookMs: 0 });
      return;
    }
    const asked = rung.slice(0, linesAsked);
    const rest = rung.slice(linesAsked);
    const known = Math.max(asked.length, Math.min(1_000, withBacklog.size));
    const room = laneLimit - inLane;
    const share = shareOfLook(room, known);
    const inTurn = asked.toSorted((a, b) => (lines[a]?.lookedAt ?? 0) - (lines[b]?.lookedAt ?? 0) || a - b);
    const again: number[] = [];
    const moved: Message[][] = [];
    let looked = 0;
    for (const index of inTurn.slice(0, Math.min(linesPerLook, room))) {
      if (inLane >= laneLimit) break;
      const line = lines[index];
      if (!line) continue;
      looked += 1;
      line.lookedAt = now;
      line.rung = false;
      const { messages, more } = fill(line, index, share);
      if (messages.length > 0) moved.push(messages);
      if (more) again.push(index);
      if (!hasBacklog(line)) withBacklog.delete(index);
    }
    rung = [...asked.filter((index) => lines[index]?.rung), ...rest];
    for (const index of again) ring(index);
    const count = moved.reduce((sum, own) => sum + own.length, 0);
    const tookMs = lookMs({ lines: looked, moved: count });
    putIntoLane(moved, tookMs);
    lookAt = now + tookMs + restAfter({ busy: false, moved: count, crowded: looked < asked.length, tookMs });
  }

  /** Single messages first, up to half of the window; campaigns share the rest, the one with the fewest first. */
  function fill(line: Line, index: number, share: number): { messages: Message[]; more: boolean } {
    const window = windowOf(index);
    const room = window - line.released - line.sending;
    if (room < Math.max(1, window / 10)) return { messages: [], more: false };
    const limit = Math.min(room, share, laneLimit - inLane);
    const messages: Message[] = [];
    let more = false;
    const take = (quota: number, next: () => Message | null) => {
      for (let left = quota; ; left -= 1) {
        const message = left > 0 ? next() : null;
        if (!message) return;
        messages.push(message);
      }
    };
    if (line.singles.length() > 0) {
      const quota =
        line.campaigns.length === 0 ? limit : Math.min(limit, Math.floor((window + 1) / 2) - line.singlesInLane);
      take(quota, () => single(line, index));
      more = line.singles.length() > 0;
    }
    const sources = line.campaigns.toSorted((a, b) => a.inLane - b.inLane);
    sources.forEach((campaign, place) => {
      take(Math.ceil((limit - messages.length) / (sources.length - place)), () => ofCampaign(campaign));
      more ||= campaign.left > 0;
    });
    line.campaigns = line.campaigns.filter(({ left }) => left > 0);
    inLane += messages.length;
    return { messages, more: more && messages.length >= limit && limit < room };
  }

  function single(line: Line, index: number): Message | null {
    const acceptedAt = line.singles.take();
    if (acceptedAt === undefined) return null;
    line.singlesInLane += 1;
    return { line: index, lane: 'bulk', acceptedAt, campaign: null, place: 0 };
  }

  function ofCampaign(campaign: Campaign): Message | null {
    if (campaign.left === 0) return null;
    campaign.left -= 1;
    campaign.inLane += 1;
    return { line: campaign.line, lane: 'bulk', acceptedAt: campaign.startedAt, campaign, place: 0 };
  }

  /** In the lane, too, lines take turns; each message sleeps until about its turn, and none is there before the look is over. */
  function putIntoLane(moved: readonly (readonly Message[])[], tookMs: number): void {
    for (let place = 0, left = true; left; place += 1) {
      left = false;
      for (const own of moved) {
        const message = own[place];
        if (!message) continue;
        left = true;
        const line = lines[message.line];
        if (!line) continue;
        const turnInS =
          Math.max(0, gates.nextAt(message.line) - now) / 1000 + line.released / (paces[message.line] ?? 0);
        message.place = gates.given(message.line) + line.released;
        sleep(message, tookMs + Math.min(longestSleepMs, Math.max(0, 950 * turnInS - 50)));
        line.released += 1;
      }
    }
  }

  function sleep(message: Message, ms: number): void {
    if (ms <= 0) ready[message.lane].add(message);
    else wakes.put(ms / stepMs, message);
  }

  /** Workers take what is ready while there is strength and a slot: by turns from both lanes, whose slots are their own. */
  function work(): void {
    strength = Math.min((perSecond * stepMs) / 1000, strength) + (perSecond * stepMs) / 1000;
    for (let idle = 0; idle < 2 && strength >= 1; next = next === 'now' ? 'bulk' : 'now') {
      const message = inFlight[next] < slots[next] ? ready[next].take() : undefined;
      idle = message ? 0 : idle + 1;
      if (message) strength -= claim(message) ? 1 : costOfNo;
    }
  }

  function claim(message: Message): boolean {
    const grant = gates.ask(message, now);
    if (grant.kind === 'wait') {
      sleep(message, grant.until - now);
      return false;
    }
    onTurn(message, grant.turnAt);
    inFlight[message.lane] += 1;
    settles.put((grant.turnAt - now + graphMs()) / stepMs, message);
    if (message.lane === 'bulk') {
      const line = lines[message.line];
      if (line) {
        line.released -= 1;
        line.sending += 1;
      }
      inLane -= 1;
    }
    return true;
  }

  function settle(message: Message): void {
    inFlight[message.lane] -= 1;
    const line = lines[message.line];
    if (message.lane === 'now' || !line) return;
    line.sending -= 1;
    if (message.campaign) message.campaign.inLane -= 1;
    else line.singlesInLane -= 1;
    ring(message.line);
  }

  return {
    now: () => now,
    /** The lines something waits on. */
    withBacklog: withBacklog as ReadonlySet<number>,
    acceptSynchronous: (line: number) =>
      ready.now.add({ line, lane: 'now', acceptedAt: now, campaign: null, place: 0 }),
    accept(index: number): void {
      lines[index]?.singles.add(now);
      wait(index);
    },
    startCampaign(index: number, messages: number): Campaign {
      const campaign: Campaign = { line: index, startedAt: now, left: messages, inLane: 0 };
      lines[index]?.campaigns.push(campaign);
      wait(index);
      return campaign;
    },
    /** One step of the clock. */
    step(): void {
      now += stepMs;
      for (const message of settles.turn()) settle(message);
      for (const message of wakes.turn()) ready[message.lane].add(message);
      if (now >= pollAt) {
        for (const index of withBacklog) ring(index);
        pollAt = now + pollMs;
      }
      if (now >= lookAt && rung.length > 0) look();
      work();
    },
  };
}

function shareOfLook(room: number, lines: number): number {
  if (lines <= linesPerLook) return Math.max(1, Math.floor(room / Math.max(1, lines)));
  return room < laneLimit / 2 ? 1 : Math.max(1, Math.floor(room / (4 * lines)));
}
