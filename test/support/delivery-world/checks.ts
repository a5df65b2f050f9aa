import { listMessages } from '@pombo/db/message-log.ts';
import { type DeliveryState, type LogStatus, stateRules } from '@pombo/domain/delivery-state.ts';
import { asRowsTell, historyTotals, recountHistory } from '../history-totals.ts';
import type { MoveGuard, SeenMove } from '../move-guard.ts';
import { type Fate, licences, mayHaveArrived, type SentMessage, wasDelivered } from './model.ts';
import type { World } from './world.ts';

interface Row extends Record<string, unknown> {
  id: string;
  status: LogStatus;
  settled: boolean;
  counted: number;
  state: DeliveryState | null;
  attempt: number | null;
  leased: boolean;
  doubtedSince: boolean;
  /** Nobody but an operator or evidence will move this unknown. */
  held: boolean;
  attempts: number;
  lastAttempt: number;
  openAttempts: number;
  unsent: string[];
}

/** Everything that must hold at any moment. The complaints, in sentences. */
export async function complaintsNow(world: World): Promise<string[]> {
  const rows = await readRows(world);
  return [
    ...world.complaints,
    ...(rows.length === world.messages.size
      ? []
      : [`${rows.length} rows for ${world.messages.size} accepted messages`]),
    ...rows.flatMap((row) => tablesDisagree(row, world.messages.get(row.id))),
    ...(await listsDisagree(world, rows)),
    ...(await keysAndWindows(world)),
    ...(await historyDisagrees(world)),
  ];
}

/** Everything that must hold once the world has been calm for long enough. */
export async function complaintsAtTheEnd(world: World, guard: MoveGuard): Promise<string[]> {
  const rows = await readRows(world);
  return [
    ...(await complaintsNow(world)),
    ...rows.flatMap((row) => wrongEnd(row, world.messages.get(row.id))),
    ...wrongMoves(await guard.seen(world.lineIds), world),
    ...(await unknownsMiscounted(world, guard)),
  ];
}

/** How many messages somebody still has to come for. */
export async function unfinished(world: World): Promise<string[]> {
  const rows = await readRows(world);
  return rows.filter(({ state, held }) => state !== null && !held).map(({ id, state }) => `${id} is ${state}`);
}

function readRows({ database, customerId }: World): Promise<Row[]> {
  return database.query<Row>(
    `SELECT m.cdls_id AS id, m.cdls_status AS status, m.cdls_settled_at IS NOT NULL AS settled, m.cdls_attempts AS counted,
       d.state, d.attempt, d.lease_until IS NOT NULL AS leased, d.unknown_at IS NOT NULL AS "doubtedSince",
       coalesce(d.state = 'unknown' AND (d.on_unknown = 'hold' OR d.expires_at <= clock_timestamp()
         OR (SELECT count(*) FROM attempt a WHERE a.cdls_id = m.cdls_id AND a.outcome = 'unknown') >= 2), false) AS held,
       (SELECT count(*)::int FROM attempt a WHERE a.cdls_id = m.cdls_id) AS attempts,
       (SELECT coalesce(max(a.number), 0) FROM attempt a WHERE a.cdls_id = m.cdls_id) AS "lastAttempt",
       (SELECT count(*)::int FROM attempt a WHERE a.cdls_id = m.cdls_id AND a.closed_at IS NULL) AS "openAttempts",
       ARRAY(SELECT u.cdls_status FROM unsent_message u WHERE u.cdls_id = m.cdls_id) AS unsent
     FROM cdls m LEFT JOIN delivery d USING (cdls_id) WHERE m.cdcs_id = $1::bigint ORDER BY m.cdls_id`,
    [customerId],
  );
}

function tablesDisagree(row: Row, message: SentMessage | undefined): string[] {
  const { state, status } = row;
  const ended = state === null;
  const holds: Record<string, boolean> = {
    'the log says what the state means': ended
      ? status !== 'PENDING' && status !== 'WR'
      : status === stateRules[state].logSays,
    'it is settled when it has ended': row.settled === ended,
    'only what is sent has a lease': row.leased === (state === 'sending'),
    'only what is unknown has been so since': row.doubtedSince === (state === 'unknown'),
    'attempts are counted without a gap': row.attempts === row.lastAttempt,
    'its row knows its last attempt': ended || row.attempt === row.lastAttempt,
    'the log counts its attempts': status === 'PENDING' || row.counted === row.attempts,
    'an attempt is open while it is sent': row.openAttempts === (state === 'sending' ? 1 : 0),
    'every call has its attempt': row.attempts === message?.calls.length,
    'it is listed when it ended unsent':
      row.unsent.join() === (status === 'ERROR' || status === 'CANCELED' ? status : ''),
  };
  const broken = Object.keys(holds).filter((rule) => !holds[rule]);
  return broken.map((rule) => `not so: ${rule}: ${JSON.stringify(row)}`);
}

/** What an operator or a caller reads is all there is: nothing waits unseen. */
async function listsDisagree({ database, customerId }: World, rows: readonly Row[]): Promise<string[]> {
  const filter = { lineId: null, dest: null, reference: null, campaignId: null, beforeId: null, limit: 1_000 };
  const complaints: string[] = [];
  for (const status of ['WR', 'PENDING', 'ERROR', 'CANCELED'] as const) {
    const listed = (await listMessages(database, customerId, { ...filter, status })).map(({ messageId }) => messageId);
    const there = rows.filter((row) => row.status === status).map(({ id }) => id);
    if (listed.sort().join() !== there.sort().join())
      complaints.push(`the list of ${status} shows ${listed}, not ${there}`);
  }
  return complaints;
}

/** Of all worlds there were in this database. */
async function historyDisagrees({ database }: World): Promise<string[]> {
  const told = JSON.stringify(asRowsTell(await historyTotals(database)));
  const there = JSON.stringify(await recountHistory(database));
  return told === there ? [] : [`the history says ${told}, the rows ${there}`];
}

async function keysAndWindows(world: World): Promise<string[]> {
  const rows = await world.database.query<{ what: string; id: string }>(
    `SELECT 'a key without its message' AS what, k.cdls_id AS id FROM idempotency_key k LEFT JOIN cdls m USING (cdls_id)
      WHERE k.cdcs_id = $1::bigint AND m.cdcs_id IS DISTINCT FROM k.cdcs_id
     UNION ALL
     SELECT 'a window kept shut by what was not sent', w.cdls_id FROM duplicate_window w LEFT JOIN cdls m USING (cdls_id)
      WHERE w.v8l_id = ANY ($2::bigint[]) AND coalesce(m.cdls_status, 'none') IN ('none', 'ERROR', 'CANCELED')`,
    [world.customerId, world.lineIds],
  );
  return rows.map(({ what, id }) => `${what}: ${id}`);
}

async function unknownsMiscounted({ database }: World, guard: MoveGuard): Promise<string[]> {
  const made = (await guard.seen()).filter(({ to }) => to === 'unknown').length;
  const { unknown = 0 } = await historyTotals(database);
  return made === unknown ? [] : [`${made} became unknown, and ${unknown} were counted`];
}

function wrongEnd({ id, status, state, held }: Row, message: SentMessage | undefined): string[] {
  if (!message) return [];
  const { calls, saidByHand } = message;
  const delivered = calls.filter(wasDelivered).length;
  const holds: Record<string, boolean> = {
    'it has ended, or is held for evidence': state === null || held,
    'it arrived at most as often as it was let go': delivered <= 1 + licences(message),
    'OK means that it arrived': status !== 'OK' || delivered > 0 || saidByHand === 'sent',
    'what ended unsent did not arrive, unless a person or a second send says otherwise':
      (status !== 'ERROR' && status !== 'CANCELED') ||
      delivered === 0 ||
      saidByHand === 'not_sent' ||
      licences(message) > 0,
    'unknown means that a call may have arrived, and that none is known to have':
      status !== 'WR' || (calls.some(mayHaveArrived) && !calls.some(({ fate, told }) => told && fate === 'sent')),
  };
  const broken = Object.keys(holds).filter((rule) => !holds[rule]);
  const story = calls.map(({ fate, told }) => `${fate}${told ? '' : ' (never told)'}`).join(', ');
  return broken.map((rule) => `not so: ${rule}: message ${id} is ${status} after ${story || 'no call'}`);
}

/** What the moves that were really made say: one call at a time, and nobody's answer counts for another call. */
function wrongMoves(seen: readonly SeenMove[], { messages }: World): string[] {
  const open = new Map<string, string>();
  const complaints: string[] = [];
  for (const move of seen) {
    const message = messages.get(move.messageId);
    if (!message) continue;
    const person = `${message.lineId}/${message.dest}`;
    const other = open.get(person);
    if (move.from === 'sending') open.delete(person);
    if (move.to === 'sending') open.set(person, move.messageId);
    if (move.to === 'sending' && other) complaints.push(`${move.messageId} and ${other} were under way at once`);
    if (move.by === 'settle' && !answerFits(move, message))
      complaints.push(`nobody answered so: ${JSON.stringify(move)}`);
  }
  return complaints;
}

const notSent = [
  'throttled_page',
  'throttled_app',
  'throttled_recipient',
  'asset_gone',
  'no_connection',
  'withheld',
] as const;
const lineDown = ['line_down', 'line_down_for_a_while'] as const;

/** Which fates lead where. */
const fatesBehind: Readonly<Record<string, readonly Fate[]>> = {
  OK: ['sent'],
  ERROR: ['refused', 'no_permission', 'asset_gone', 'no_connection', ...lineDown],
  released: notSent,
  backlog: [...notSent, ...lineDown],
  unknown: ['unknown_but_delivered', 'unknown_and_not_delivered'],
};

/** A settle speaks of the call that was the last one then; only "sent" may speak of an earlier one. */
function answerFits({ to, attempt }: SeenMove, { calls }: SentMessage): boolean {
  const candidates = to === 'OK' ? calls.slice(0, attempt) : calls.slice(attempt - 1, attempt);
  return candidates.some(({ told, fate }) => told && fatesBehind[to]?.includes(fate));
}
