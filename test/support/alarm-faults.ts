import { setTimeout as pause } from 'node:timers/promises';
import { startCampaign } from '@pombo/db/campaign-moves.ts';
import { pauseLine, resumeLine } from '@pombo/db/lines.ts';
import { openPrisma } from '@pombo/db/prisma.ts';
import { settleUnknowns } from '@pombo/db/settle-by-hand.ts';
import type { Effect } from '@pombo/graph-simulator/weather.ts';
import type { AlarmStage } from './alarm-stage.ts';
import { addDraft } from './campaign.ts';
import { holdLock } from './hold-lock.ts';
import type { House } from './house.ts';
import { startLoad } from './load.ts';
import type { Page } from './pages.ts';
import { untilNothingPending } from './rows.ts';
import { testActor } from './test-actor.ts';

/** Something that goes wrong, the alarms it makes ring, and how it is mended. */
export interface AlarmFault {
  readonly rings: readonly string[];
  /** Resolves when it goes wrong, with what mends it. */
  begin(stage: AlarmStage): Promise<() => Promise<void>>;
}

/** Faults that keep out of each other's way: each has a line, a process or a table of its own. In a row, one after the other. */
export const faultsAtOnce: readonly (readonly AlarmFault[])[] = [
  [{ rings: ['PomboMetricMissing', 'PomboWorkerFetchesNothing'], begin: silenceNetwork }],
  [{ rings: ['PomboLineStalled', 'PomboPaceFarBelowAllowed', 'PomboBacklogAges'], begin: holdBacklog }],
  [{ rings: ['PomboUnknownsRise', 'PomboLinesClosed', 'PomboUnknownsAge'], begin: breakGateway }],
  [{ rings: ['PomboUnclassifiedErrors', 'PomboMostCallsFail'], begin: sayUnheardOfCode }],
  [{ rings: ['PomboLineParked'], begin: refuseToken }],
  [
    { rings: ['PomboCallersHearQueueFull'], begin: comeFasterThanPace },
    { rings: ['PomboWaitingRoomFull', 'PomboCallersHearUnavailable'], begin: slowDownGraph },
  ],
  [
    { rings: ['PomboCampaignNotFed'], begin: holdCampaign },
    { rings: ['PomboDatabasePoolExhausted'], begin: lockTable },
    { rings: ['PomboEventLoopSlow'], begin: takeProcessor },
  ],
];

/** Nothing else can be seen meanwhile: without a worker nobody speaks for the house. */
export const faultAlone: AlarmFault = {
  rings: ['PomboProcessDown', 'PomboNoApi', 'PomboNoWorker'],
  async begin({ killAll, startAll }) {
    await killAll();
    return startAll;
  },
};

/**
 * The network passes nothing any more, and nobody says so. The worker lives, tells its metrics but for those it has to ask
 * the other side for, and takes nothing, while on a slow line there is always something due.
 */
async function silenceNetwork({ house, pages, network, api }: AlarmStage): Promise<() => Promise<void>> {
  const { lineId } = await pages.add(8);
  const load = startLoad(house, { url: api.url, lineId, perSecond: 12, async: true });
  network.goSilent({ newOnes: true });
  return async () => {
    network.passAgain();
    network.cut();
    await load.stop();
  };
}

/**
 * A session of somebody's holds the rows that wait on a line, so that release passes them by. What this line did lies a
 * minute back: nothing is called stalled before, and that minute runs no faster here.
 */
async function holdBacklog({ house, pages }: AlarmStage): Promise<() => Promise<void>> {
  const { database, send } = house;
  const prisma = openPrisma(database);
  const { lineId } = await pages.add(40);
  await send(lineId, 40);
  await untilNothingPending(database, lineId, 30_000);
  await pauseLine(prisma, testActor, lineId);
  await send(lineId, 120);
  await database.query(
    `UPDATE delivery SET due_at = due_at - interval '1 minute', accepted_at = accepted_at - interval '1 minute'
      WHERE v8l_id = $1::bigint`,
    [lineId],
  );
  await database.query(`UPDATE line_gate SET active_at = active_at - interval '1 minute' WHERE v8l_id = $1::bigint`, [
    lineId,
  ]);
  const letGo = await holdLock(database, 'SELECT FROM delivery WHERE v8l_id = $1::bigint FOR UPDATE', [lineId]);
  await resumeLine(prisma, testActor, lineId);
  return letGo;
}

/** A gateway before Graph answers 502 to whatever it is sent: nobody knows what became of it. An operator settles that. */
async function breakGateway({ house, pages }: AlarmStage): Promise<() => Promise<void>> {
  const { database, simulator, send } = house;
  const page = await pages.add(0);
  // All are sent before the first answer closes the line.
  const clearUp = simulator.weather.add(
    { match: { pageId: page.pageId }, effect: { kind: 'slow', ms: 1_500 } },
    { match: { pageId: page.pageId }, effect: { kind: 'html_502' } },
  );
  await send(page.lineId, 100);
  return async () => {
    clearUp();
    await resumeLine(openPrisma(database), testActor, page.lineId);
    await untilNothingPending(database, page.lineId, 30_000);
    await settleUnknownsOf(house, page);
  };
}

async function settleUnknownsOf({ database }: House, { lineId }: Page): Promise<void> {
  const rows = await database.query<{ id: string }>(
    `SELECT cdls_id::text AS id FROM delivery WHERE v8l_id = $1::bigint AND state = 'unknown'`,
    [lineId],
  );
  const ids = rows.map(({ id }) => id);
  await settleUnknowns(database, ids, { kind: 'not_sent' }, null);
}

/** Meta refuses everything on a page with a code that stands in no table. */
function sayUnheardOfCode(stage: AlarmStage): Promise<() => Promise<void>> {
  // More than all others together.
  return spoilPage(stage, { kind: 'error', code: 987_654 }, { perSecond: 40, async: true });
}

async function refuseToken({ house, pages }: AlarmStage): Promise<() => Promise<void>> {
  const page = await pages.add(10);
  house.simulator.weather.add({ match: { token: page.token }, effect: { kind: 'error', code: 190, subcode: 460 } });
  await house.send(page.lineId, 5);
  return () => pages.giveNewToken(page);
}

async function comeFasterThanPace({ house, pages, api }: AlarmStage): Promise<() => Promise<void>> {
  const { lineId } = await pages.add(1);
  const load = startLoad(house, { url: api.url, lineId, perSecond: 5, async: false });
  return async () => void (await load.stop());
}

/** Callers who wait stay for longer than others take to come. */
function slowDownGraph(stage: AlarmStage): Promise<() => Promise<void>> {
  return spoilPage(stage, { kind: 'slow', ms: 11_000 }, { perSecond: 10, async: false });
}

/** Graph treats one page badly, and callers go on sending to it. */
async function spoilPage(
  { house, pages, api }: AlarmStage,
  effect: Effect,
  calls: { perSecond: number; async: boolean },
): Promise<() => Promise<void>> {
  const { lineId, pageId } = await pages.add(0);
  const clearUp = house.simulator.weather.add({ match: { pageId }, effect });
  const load = startLoad(house, { url: api.url, lineId, ...calls });
  return async () => {
    clearUp();
    await load.stop();
  };
}

/** A session of somebody's has changed a campaign and has not committed. */
async function holdCampaign({ house, pages }: AlarmStage): Promise<() => Promise<void>> {
  const { database, customerId } = house;
  const { lineId } = await pages.add(20);
  const dests = Array.from({ length: 200 }, (_, n) => String(40_000_000 + n));
  const id = await addDraft(database, { customerId, lineId, dests });
  await startCampaign(database, customerId, id, null);
  return holdLock(database, 'SELECT FROM campaign WHERE campaign_id = $1 FOR NO KEY UPDATE', [id]);
}

/** A table somebody has locked, and callers who ask about what is in it. */
async function lockTable({ house, pages, smallApi }: AlarmStage): Promise<() => Promise<void>> {
  const { database, customerId, tsid } = house;
  const { lineId } = await pages.add(1);
  const id = await addDraft(database, { customerId, lineId, dests: ['41000000'] });
  const unlock = await holdLock(database, 'LOCK TABLE campaign_upload IN ACCESS EXCLUSIVE MODE');
  const stopping = new AbortController();
  const askers = Array.from({ length: 20 }, async () => {
    while (!stopping.signal.aborted) {
      const asked = await fetch(`${smallApi.url}/v1/campaigns/${id}/uploads/list`, {
        headers: { authorization: `Bearer ${tsid}` },
      }).catch(() => null);
      await asked?.text().catch(() => '');
      // Whoever is refused at once comes again a little later.
      await pause(50);
    }
  });
  return async () => {
    await unlock();
    stopping.abort();
    await Promise.all(askers);
  };
}

/** A machine that has too much to do: the process stands still for most of each second. */
async function takeProcessor({ smallApi }: AlarmStage): Promise<() => Promise<void>> {
  const stopping = new AbortController();
  const taking = (async () => {
    while (!stopping.signal.aborted) {
      smallApi.signal('SIGSTOP');
      await pause(650);
      smallApi.signal('SIGCONT');
      await pause(350);
    }
  })();
  return async () => {
    stopping.abort();
    await taking;
  };
}
