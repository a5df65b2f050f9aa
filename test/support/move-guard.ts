import type { Database } from '@pombo/db/database.ts';
import { type Mover, moves } from '@pombo/domain/delivery-state.ts';

export interface SeenMove {
  messageId: string;
  from: string;
  to: string;
  by: Mover;
  attempt: number;
}

export interface MoveGuard {
  /** Every move of these lines, or of all, in the order it was made. */
  seen(lineIds?: readonly string[]): Promise<SeenMove[]>;
}

/** Who is at work, by the functions on the stack and by what the log says; the first that fits. */
const signsOf = [
  { sign: "v_stack LIKE '%accept_messages%'", by: 'accept' },
  // Before the functions it calls: a claim also expires leases and ends what is expired.
  { sign: "v_stack LIKE '%claim_turns%'", by: 'claim' },
  { sign: "v_stack LIKE '%release_lines%'", by: 'release' },
  {
    sign: "v_stack LIKE '%feed_campaign%' OR v_stack LIKE '%requeue_unknown%' OR v_stack LIKE '%end_canceled%'",
    by: 'campaign',
  },
  { sign: "v_stack LIKE '%cancel_message%'", by: 'cancel' },
  { sign: "v_stack LIKE '%settle_attempts%' AND v_said LIKE 'sent (settled by %'", by: 'evidence' },
  { sign: "v_stack LIKE '%settle_attempts%'", by: 'settle' },
  { sign: "v_stack LIKE '%expire_leases%' OR v_stack LIKE '%end_unsent%' OR v_said LIKE 'sent again: %'", by: 'sweep' },
  { sign: 'true', by: 'operator' },
] as const satisfies readonly { sign: string; by: Mover }[];

/**
 * From now on this database refuses every move of a message that is not in the table of moves, or that is made by
 * somebody whose move it is not, and writes down those that were made.
 */
export async function installMoveGuard(database: Database): Promise<MoveGuard> {
  await database.query('CREATE TABLE allowed_move (from_state text, to_state text, mover text)');
  await database.query(`CREATE TABLE seen_move (place bigserial PRIMARY KEY, cdls_id bigint, v8l_id bigint, from_state text,
    to_state text, mover text, attempt int)`);
  const rows = Object.entries(moves).flatMap(([from, leaving]) => leaving.map(({ to, by }) => ({ from, to, by })));
  await database.query('INSERT INTO allowed_move SELECT * FROM unnest($1::text[], $2::text[], $3::text[])', [
    rows.map(({ from }) => from),
    rows.map(({ to }) => to),
    rows.map(({ by }) => by),
  ]);
  await database.query(guard);
  await database.query(`CREATE TRIGGER guard_moves AFTER INSERT OR UPDATE OR DELETE ON delivery
    FOR EACH ROW EXECUTE FUNCTION guard_move()`);

  return {
    seen: (lineIds) =>
      database.query<SeenMove & Record<string, unknown>>(
        `SELECT cdls_id AS "messageId", from_state AS "from", to_state AS "to", mover AS "by", attempt FROM seen_move
          WHERE $1::bigint[] IS NULL OR v8l_id = ANY ($1::bigint[]) ORDER BY place`,
        [lineIds ?? null],
      ),
  };
}

// After the row, not before: by then the statement that removed it has also written the last word into the log.
const guard = `
  CREATE FUNCTION guard_move() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    v_row delivery := coalesce(NEW, OLD);
    v_from text := CASE TG_OP WHEN 'INSERT' THEN 'new' ELSE OLD.state END;
    v_to text := CASE TG_OP WHEN 'DELETE' THEN (SELECT m.cdls_status FROM cdls m WHERE m.cdls_id = OLD.cdls_id) ELSE NEW.state END;
    v_stack text;
    v_said text := (SELECT m.cdls_status_delivery FROM cdls m WHERE m.cdls_id = v_row.cdls_id);
    v_mover text;
  BEGIN
    IF v_from = v_to THEN
      RETURN NULL;
    END IF;
    GET DIAGNOSTICS v_stack = PG_CONTEXT;
    v_mover := CASE ${signsOf.map(({ sign, by }) => `WHEN ${sign} THEN '${by}'`).join(' ')} END;
    IF NOT EXISTS (SELECT 1 FROM allowed_move a WHERE a.from_state = v_from AND a.to_state = v_to AND a.mover = v_mover) THEN
      RAISE EXCEPTION 'move guard: message % must not go from % to % by %', v_row.cdls_id, v_from, v_to, v_mover;
    END IF;
    INSERT INTO seen_move (cdls_id, v8l_id, from_state, to_state, mover, attempt)
    VALUES (v_row.cdls_id, v_row.v8l_id, v_from, v_to, v_mover, v_row.attempt);
    RETURN NULL;
  END $$`;
