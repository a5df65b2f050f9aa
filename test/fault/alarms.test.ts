import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AlarmFault, faultAlone, faultsAtOnce } from '../support/alarm-faults.ts';
import { type AlarmStage, openAlarmStage } from '../support/alarm-stage.ts';
import { fasterAlerts } from '../support/faster-alerts.ts';
import type { Backend } from '../support/house.ts';
import {
  hasPrometheus,
  noPrometheus,
  startPrometheus,
  type TestPrometheus,
  theirs,
} from '../support/prometheus-server.ts';
import { until } from '../support/until.ts';

const long = process.env.POMBO_FAULTS === 'long';
/** Minutes become seconds. */
const timesFaster = 60;
/** Much longer than any of them takes: the machine may have much else to do. */
const withinMs = long ? 240_000 : 120_000;

const alerts = await theirs('alerts.yml');
const alarms = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);

it('each alarm has a fault that makes it ring', () => {
  const rung = [...faultsAtOnce.flat(), faultAlone].flatMap(({ rings }) => rings);
  expect(rung.sort()).toEqual([...alarms].sort());
});

const can = hasPrometheus();
const backends: Backend[] = long ? ['redis', 'postgres'] : ['redis'];

describe.skipIf(!can).each(backends)(can ? 'alarms of a house on %s' : noPrometheus, (backend) => {
  let stage: AlarmStage | null;
  let prometheus: TestPrometheus;

  beforeAll(async () => {
    stage = await openAlarmStage(backend);
    if (stage)
      prometheus = await startPrometheus({ alerts: fasterAlerts(alerts, timesFaster), targets: stage.targets });
  }, withinMs);
  afterAll(async () => {
    await prometheus?.stop();
    await stage?.stop();
  });

  it('ring while something is wrong, and are silent before and after', { timeout: 3 * withinMs }, async ({ skip }) => {
    if (!stage) return skip();
    const { targets } = stage;
    await until(async () => (await prometheus.ask('up == 1')).length === targets.length, withinMs);
    await untilAllAreSilent();

    await allOf(faultsAtOnce.map((inTurn) => playInTurn(inTurn)));
    await untilAllAreSilent();
    await play(faultAlone);
    await untilAllAreSilent();
  });

  async function playInTurn(faults: readonly AlarmFault[]): Promise<void> {
    for (const fault of faults) await play(fault);
  }

  async function play({ rings, begin }: AlarmFault): Promise<void> {
    if (!stage) return;
    expect(await whichRing(rings)).toEqual([]);
    const mend = await begin(stage);
    try {
      await untilEachHasRung(rings);
    } finally {
      await mend();
    }
    const ringing = () => whichRing(rings);
    await until(
      async () => (await ringing()).length === 0,
      withinMs,
      async () => ({ stillRing: await ringing() }),
    );
  }

  /** Not at the same time: what a number's rise says is over when it rises no more. */
  async function untilEachHasRung(names: readonly string[]): Promise<void> {
    const silent = new Set(names);
    await until(
      async () => {
        for (const name of await whichRing(names)) silent.delete(name);
        return silent.size === 0;
      },
      withinMs,
      () => ({ neverRang: [...silent] }),
    );
  }

  async function whichRing(names: readonly string[]): Promise<string[]> {
    const states = await prometheus.alertStates();
    return names.filter((name) => states.get(name) === 'firing');
  }

  async function untilAllAreSilent(): Promise<void> {
    const loud = async () => [...(await prometheus.alertStates())].filter(([, state]) => state !== 'inactive');
    await until(async () => (await loud()).length === 0, withinMs, loud);
    expect((await prometheus.alertStates()).size).toBe(alarms.length);
  }
});

/** Waits for all, so that each fault is mended before anything else is done, and says what went wrong with each. */
async function allOf(plays: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(plays);
  expect(ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))).toEqual([]);
}
