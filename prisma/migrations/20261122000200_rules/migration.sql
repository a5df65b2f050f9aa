-- Whatever a process may have cached raises the counter in the transaction that changes it, whoever changes it.

CREATE FUNCTION raise_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE changes SET counter = counter + 1;
  RETURN NULL;
END $$;

CREATE TRIGGER cd_customer_changes AFTER INSERT OR UPDATE OR DELETE ON cd_customer FOR EACH STATEMENT EXECUTE FUNCTION raise_changes();
CREATE TRIGGER cd_customer_user_changes AFTER INSERT OR UPDATE OR DELETE ON cd_customer_user FOR EACH STATEMENT EXECUTE FUNCTION raise_changes();
CREATE TRIGGER cd_psid_changes AFTER INSERT OR UPDATE OR DELETE ON cd_psid FOR EACH STATEMENT EXECUTE FUNCTION raise_changes();
CREATE TRIGGER cd_ip_changes AFTER INSERT OR UPDATE OR DELETE ON cd_ip FOR EACH STATEMENT EXECUTE FUNCTION raise_changes();
CREATE TRIGGER cd_ip_blacklist_changes AFTER INSERT OR UPDATE OR DELETE ON cd_ip_blacklist FOR EACH STATEMENT EXECUTE FUNCTION raise_changes();
CREATE TRIGGER cd_v8_line_changes AFTER INSERT OR UPDATE OR DELETE ON cd_v8_line FOR EACH STATEMENT EXECUTE FUNCTION raise_changes();

CREATE FUNCTION open_line_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO line_gate (v8l_id) VALUES (NEW.v8l_id);
  RETURN NULL;
END $$;

CREATE TRIGGER cd_v8_line_gate AFTER INSERT ON cd_v8_line FOR EACH ROW EXECUTE FUNCTION open_line_gate();

-- The share of the configured pace a line may use now: it recovers by 2 % of the configured pace per second. Without
-- settings of its own, because then it becomes part of the statement that asks.
CREATE FUNCTION current_share(p_share double precision, p_at timestamptz) RETURNS double precision LANGUAGE sql STABLE AS $$
  SELECT least(1, p_share + 0.02 * greatest(0, extract(epoch FROM statement_timestamp() - p_at)::float8))
$$;

-- Counts what waits on every line. Whoever comes while another one counts, or too soon after the last count, does
-- nothing: counting rests 20 times as long as it took, so that a backlog of millions costs 5 % of a core at most.
-- True when it counted.
CREATE FUNCTION count_backlogs() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_began timestamptz;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7266, 0) THEN
    RETURN false;
  END IF;
  v_began := clock_timestamp();
  IF EXISTS (SELECT 1 FROM backlog_count c
             WHERE c.counted_at > v_began - greatest(1000, 20 * c.took_ms) * interval '1 millisecond'
               -- Or the clock was set back.
               AND c.counted_at <= v_began) THEN
    RETURN false;
  END IF;
  INSERT INTO line_backlog AS b (v8l_id, messages, oldest_at, oldest_due_at, counted_at, due_messages)
  SELECT d.v8l_id, count(*), min(d.accepted_at), min(d.accepted_at) FILTER (WHERE d.due_at <= v_began), v_began,
    count(*) FILTER (WHERE d.due_at <= v_began)
  FROM delivery d WHERE d.state = 'backlog' GROUP BY d.v8l_id
  ON CONFLICT (v8l_id) DO UPDATE SET messages = excluded.messages, oldest_at = excluded.oldest_at,
    oldest_due_at = excluded.oldest_due_at, counted_at = excluded.counted_at, due_messages = excluded.due_messages;
  DELETE FROM line_backlog b WHERE b.counted_at <> v_began;
  UPDATE backlog_count c
    SET counted_at = v_began, took_ms = extract(epoch FROM clock_timestamp() - v_began)::float8 * 1000;
  RETURN true;
END $$;

-- Those whose estimated turn is too late. Messages of one line, lane and budget stand in one queue, in the order in
-- which they arrived. p_lanes says which lanes occur at all.
CREATE FUNCTION late_messages(p_messages jsonb, p_horizon_ms double precision, p_not bigint[], p_lanes text[])
RETURNS TABLE (queue text, id bigint, limit_ms double precision, rank bigint, closed_ms double precision, ahead_ms double precision,
               interval_ms double precision) LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := clock_timestamp();
BEGIN
  IF 'bulk' = ANY (p_lanes) THEN
    -- Whatever waits on the line is taken for as slow as the message that asks; its pace now and what closes the line
    -- at this moment do not count, since a horizon is many hours away.
    RETURN QUERY
    WITH asking AS MATERIALIZED (
      SELECT m.line, m.type IN ('audio', 'video') AS media, array_agg(m.id ORDER BY m.place) AS ids
      FROM jsonb_to_recordset(p_messages) AS m(id bigint, line bigint, lane text, type text, again boolean, place bigint)
      WHERE m.lane = 'bulk' AND m.again IS NOT TRUE AND NOT m.id = ANY (p_not)
      GROUP BY 1, 2
    )
    SELECT concat_ws(' ', a.line, 'bulk', a.media), m.id, p_horizon_ms, m.rank, 0::float8, coalesce(b.messages, 0) * i.ms, i.ms
    FROM asking a JOIN cd_v8_line l ON l.v8l_id = a.line LEFT JOIN line_backlog b ON b.v8l_id = a.line
    CROSS JOIN LATERAL (SELECT 1000 / nullif(CASE WHEN a.media THEN l.v8l_media_pace ELSE l.v8l_pace END, 0) AS ms) i
    CROSS JOIN LATERAL unnest(a.ids) WITH ORDINALITY AS m(id, rank)
    WHERE (coalesce(b.messages, 0) + m.rank) * i.ms > p_horizon_ms
    ORDER BY a.line, a.media, m.rank;
  END IF;
  -- Most often nobody is there: then up to three, with those who wait, have the next three turns, and the question costs a
  -- fraction. Three, as below: the next turn and the two that may be borrowed.
  IF 'now' = ANY (p_lanes) AND (jsonb_array_length(p_messages) > 3 OR EXISTS (
      SELECT 1 FROM jsonb_to_recordset(p_messages) AS m(line bigint) JOIN line_gate g ON g.v8l_id = m.line
      WHERE g.blocked_until > v_now OR g.text_next_at > v_now OR g.media_next_at > v_now OR EXISTS (
        SELECT 1 FROM delivery d WHERE d.v8l_id = m.line AND (d.lane = 'now' AND d.state = 'released') IS TRUE
        OFFSET greatest(0, 3 - jsonb_array_length(p_messages))))) THEN
    -- A line that may not send at all answers at once, so nobody waits there. The three turns less: the first place in
    -- the queue has the next turn, and a synchronous send may borrow two.
    RETURN QUERY
    WITH asking AS MATERIALIZED (
      SELECT m.line, m.type IN ('audio', 'video') AS media, max(m.wait_ms) AS wait_ms,
             array_agg(m.id ORDER BY m.place) AS ids, array_agg(m.wait_ms ORDER BY m.place) AS limits
      FROM jsonb_to_recordset(p_messages)
        AS m(id bigint, line bigint, lane text, type text, wait_ms double precision, again boolean, place bigint)
      WHERE m.lane = 'now' AND m.wait_ms IS NOT NULL AND m.again IS NOT TRUE AND NOT m.id = ANY (p_not)
      GROUP BY 1, 2
    ), estimated AS (
      SELECT a.line, a.media, a.ids, a.limits, extract(epoch FROM g.blocked_until - v_now)::float8 * 1000 AS closed_ms, i.ms,
             greatest(0, extract(epoch FROM CASE WHEN a.media THEN g.media_next_at ELSE g.text_next_at END - v_now)::float8 * 1000)
               + (waiting.messages - 3) * i.ms AS ahead_ms
      FROM asking a JOIN cd_v8_line l ON l.v8l_id = a.line JOIN line_gate g ON g.v8l_id = a.line
      CROSS JOIN LATERAL (
        SELECT 1000 / nullif(CASE WHEN a.media THEN l.v8l_media_pace ELSE l.v8l_pace END
                             * current_share(g.pace_share, g.pace_share_at), 0) AS ms) i
      CROSS JOIN LATERAL (
        -- More than fit into the wait need not be counted.
        SELECT count(*) AS messages FROM (
          SELECT 1 FROM delivery d
          WHERE d.v8l_id = a.line AND (d.lane = 'now' AND d.state = 'released') IS TRUE
            AND d.type = ANY (CASE WHEN a.media THEN ARRAY['audio', 'video'] ELSE ARRAY['text', 'image', 'file'] END)
            AND d.due_at <= v_now + a.wait_ms * interval '1 millisecond'
          LIMIT coalesce(ceil(a.wait_ms / i.ms)::bigint + 3, 0)) d) waiting
      WHERE l.v8l_active AND l.v8l_paused_at IS NULL AND (l.v8l_parked_at IS NULL OR l.v8l_parked_until <= v_now)
    )
    SELECT concat_ws(' ', e.line, 'now', e.media), m.id, m.limit_ms, m.rank, e.closed_ms, e.ahead_ms, e.ms
    FROM estimated e CROSS JOIN LATERAL unnest(e.ids, e.limits) WITH ORDINALITY AS m(id, limit_ms, rank)
    WHERE greatest(e.closed_ms, e.ahead_ms + m.rank * e.ms) > m.limit_ms
    ORDER BY e.line, e.media, m.rank;
  END IF;
END $$;

-- Accept: one call, one commit, for everything that arrived in the same moment.
-- Running it again with the same ids changes nothing and says the same: that is how an unknown commit is made certain.
-- A row whose number exists already, or whose key or duplicate window belongs to another message, is told so by itself.
-- `full`: its turn is estimated to come later than it may, which is p_horizon_ms in lane `bulk` and the caller's wait in
-- lane `now`. In after_ms there is room for it, if nobody else comes.
-- p_holds says what occurs in this batch (`again`, `key`, `window`, and lanes whose turns count), so that it pays for no more.
CREATE FUNCTION accept_messages(p_messages jsonb, p_horizon_ms double precision, p_holds text[])
RETURNS TABLE (message_id bigint, verdict text, other_id bigint, after_ms double precision) LANGUAGE plpgsql AS $$
DECLARE
  v_known bigint[] := '{}';
  v_turned_away bigint[] := '{}';
  v_full bigint[] := '{}';
  v_full_ms double precision[] := '{}';
  v_queue text;
  v_refused int;
  v_row record;
  v_other bigint;
  v_fingerprint bytea;
BEGIN
  -- What has its row keeps it, whatever became of its key and its window since.
  IF 'again' = ANY (p_holds) THEN
    SELECT coalesce(array_agg(c.cdls_id), '{}') INTO v_known FROM cdls c
     WHERE c.cdls_id IN (SELECT m.id FROM jsonb_to_recordset(p_messages) AS m(id bigint));
  END IF;
  -- Keys first, then who is too many, windows last; keys and windows each in one order for all callers, so that two
  -- batches never wait for each other in a ring.
  IF 'key' = ANY (p_holds) THEN
    FOR v_row IN
      SELECT m.* FROM jsonb_to_recordset(p_messages) AS m(id bigint, customer bigint, key text, fingerprint text)
      WHERE m.key IS NOT NULL AND NOT m.id = ANY (v_known) ORDER BY m.customer, m.key COLLATE "C", m.id
    LOOP
      INSERT INTO idempotency_key AS k (cdcs_id, key, fingerprint, cdls_id, expires_at)
      VALUES (v_row.customer, v_row.key, decode(v_row.fingerprint, 'hex'), v_row.id, clock_timestamp() + interval '24 hours')
      ON CONFLICT (cdcs_id, key) DO UPDATE
        SET fingerprint = excluded.fingerprint, cdls_id = excluded.cdls_id, expires_at = excluded.expires_at
        WHERE k.expires_at <= clock_timestamp() OR k.cdls_id = excluded.cdls_id;
      IF NOT FOUND THEN
        SELECT k.cdls_id, k.fingerprint INTO v_other, v_fingerprint
          FROM idempotency_key k WHERE k.cdcs_id = v_row.customer AND k.key = v_row.key;
        v_turned_away := v_turned_away || v_row.id;
        message_id := v_row.id;
        other_id := v_other;
        verdict := CASE WHEN v_fingerprint = decode(v_row.fingerprint, 'hex') THEN 'replay' ELSE 'key_reused' END;
        RETURN NEXT;
      END IF;
    END LOOP;
  END IF;

  -- What was asked before without an answer (`again`) is let in: its row may be on its way already.
  FOR v_row IN SELECT * FROM late_messages(p_messages, p_horizon_ms, v_known || v_turned_away, p_holds)
  LOOP
    IF v_queue IS DISTINCT FROM v_row.queue THEN
      v_queue := v_row.queue;
      v_refused := 0;
    END IF;
    -- Who is turned away stands in nobody's way, but hears to come the later the more were turned away before.
    CONTINUE WHEN greatest(v_row.closed_ms, v_row.ahead_ms + (v_row.rank - v_refused) * v_row.interval_ms) <= v_row.limit_ms;
    v_refused := v_refused + 1;
    v_full := v_full || v_row.id;
    v_full_ms := v_full_ms || (greatest(v_row.closed_ms, v_row.ahead_ms + v_row.rank * v_row.interval_ms) - v_row.limit_ms);
  END LOOP;
  IF cardinality(v_full) > 0 THEN
    v_turned_away := v_turned_away || v_full;
    DELETE FROM idempotency_key k USING jsonb_to_recordset(p_messages) AS m(id bigint, customer bigint, key text)
      WHERE m.id = ANY (v_full) AND k.cdcs_id = m.customer AND k.key = m.key AND k.cdls_id = m.id;
    -- Who was told above to join one of these joins its refusal; the later word about an id counts.
    RETURN QUERY
      WITH refused AS (
        SELECT f.id, f.ms, m.customer, m.key, m.fingerprint
        FROM unnest(v_full, v_full_ms) AS f(id, ms)
        JOIN jsonb_to_recordset(p_messages) AS m(id bigint, customer bigint, key text, fingerprint text) ON m.id = f.id
      )
      SELECT f.id, 'full'::text, NULL::bigint, f.ms FROM refused f
      UNION ALL
      SELECT m.id, 'full', NULL, f.ms FROM refused f
      JOIN jsonb_to_recordset(p_messages) AS m(id bigint, customer bigint, key text, fingerprint text)
        ON m.customer = f.customer AND m.key = f.key AND m.fingerprint = f.fingerprint AND m.id > f.id;
  END IF;

  IF 'window' = ANY (p_holds) THEN
    FOR v_row IN
      SELECT m.* FROM jsonb_to_recordset(p_messages)
        AS m(id bigint, customer bigint, line bigint, key text, fingerprint text, digest text, window_seconds int)
      WHERE m.digest IS NOT NULL AND NOT m.id = ANY (v_known || v_turned_away) ORDER BY m.line, m.digest COLLATE "C", m.id
    LOOP
      INSERT INTO duplicate_window AS w (v8l_id, digest, cdls_id, accepted_at)
      VALUES (v_row.line, decode(v_row.digest, 'hex'), v_row.id, clock_timestamp())
      ON CONFLICT (v8l_id, digest) DO UPDATE
        SET cdls_id = excluded.cdls_id, accepted_at = excluded.accepted_at
        WHERE w.accepted_at <= clock_timestamp() - make_interval(secs => v_row.window_seconds) OR w.cdls_id = excluded.cdls_id;
      IF NOT FOUND THEN
        v_turned_away := v_turned_away || v_row.id;
        DELETE FROM idempotency_key k WHERE k.cdcs_id = v_row.customer AND k.key = v_row.key AND k.cdls_id = v_row.id;
        message_id := v_row.id;
        other_id := NULL;
        verdict := 'duplicate';
        RETURN NEXT;
        -- Who was told above to join this message joins its refusal; the later word about an id counts.
        FOR message_id IN
          SELECT m.id FROM jsonb_to_recordset(p_messages) AS m(id bigint, customer bigint, key text, fingerprint text)
          WHERE m.customer = v_row.customer AND m.key = v_row.key AND m.fingerprint = v_row.fingerprint AND m.id > v_row.id
        LOOP
          RETURN NEXT;
        END LOOP;
      END IF;
    END LOOP;
  END IF;

  RETURN QUERY
  WITH message AS MATERIALIZED (
    SELECT m.*, clock_timestamp() AS now
    FROM jsonb_to_recordset(p_messages) AS m(
      id bigint, customer bigint, line bigint, dest text, type text, data text, caption text, reference text,
      lane text, validity_ms bigint, on_unknown text, origin text, traceparent text, digest text, place bigint)
    WHERE NOT m.id = ANY (v_turned_away)
  ), logged AS (
    INSERT INTO cdls (cdls_id, cdcs_id, v8l_id, cdls_dest, cdls_mtype, cdls_mdata, cdls_mcaption, cdls_msg_id,
                      cdls_lane, cdls_on_unknown, cdls_created_at, cdls_expires_at)
    SELECT id, customer, line, dest, type, data, caption, reference,
           lane, on_unknown, now, now + validity_ms * interval '1 millisecond'
    FROM message
    ON CONFLICT (cdls_id) DO NOTHING
    RETURNING cdls_id, cdls_lane
  ), counted AS (
    INSERT INTO history_delta (what, n) SELECT 'accepted ' || cdls_lane, count(*) FROM logged GROUP BY cdls_lane
  ), queued AS (
    INSERT INTO delivery (cdls_id, cdcs_id, v8l_id, lane, state, dest, type, due_at, expires_at,
                          release_number, on_unknown, guards_window, origin, traceparent, accepted_at)
    SELECT id, customer, line, lane, CASE lane WHEN 'now' THEN 'released' ELSE 'backlog' END, dest, type,
           now, now + validity_ms * interval '1 millisecond',
           CASE lane WHEN 'now' THEN 1 ELSE 0 END, on_unknown, digest IS NOT NULL, origin, traceparent, now
    -- As a question of its own, not as a join, which without hashing would compare each with each.
    FROM message WHERE (id IN (SELECT cdls_id FROM logged)) IS TRUE
    ORDER BY place
  )
  SELECT m.id, 'accepted'::text, NULL::bigint, NULL::float8 FROM message m;
END $$;

-- A worker that does not answer within its lease leaves an unknown outcome. One function says so, whoever notices first.
CREATE FUNCTION expire_leases(p_ids bigint[])
RETURNS TABLE (message_id bigint, origin text) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY
  WITH over AS (
    SELECT d.cdls_id FROM delivery d WHERE d.cdls_id = ANY (p_ids) AND d.lease_until < clock_timestamp()
    ORDER BY d.cdls_id FOR UPDATE SKIP LOCKED
  ), moved AS (
    UPDATE delivery d SET state = 'unknown', unknown_at = clock_timestamp(), lease_until = NULL
    FROM over WHERE d.cdls_id = over.cdls_id
    RETURNING d.cdls_id, d.attempt, d.origin, d.source
  ), unknown AS (
    INSERT INTO history_delta (what, n) SELECT 'unknown', count(*) FROM moved HAVING count(*) > 0
  ), counted AS (
    INSERT INTO campaign_delta (campaign_id, what, n)
    SELECT moved.source, w.what, w.n * count(*) FROM moved, (VALUES ('sending', -1), ('unknown', 1)) AS w(what, n)
    WHERE moved.source <> 0 GROUP BY moved.source, w.what, w.n
  ), closed AS (
    UPDATE attempt a SET outcome = 'unknown', text = 'the worker was gone before an answer was recorded', closed_at = clock_timestamp()
    FROM moved WHERE a.cdls_id = moved.cdls_id AND a.number = moved.attempt AND a.closed_at IS NULL
  ), said AS (
    UPDATE cdls m SET cdls_status = 'WR', cdls_status_delivery = 'unknown', cdls_attempts = moved.attempt
    FROM moved WHERE m.cdls_id = moved.cdls_id
  )
  SELECT moved.cdls_id, moved.origin FROM moved;
END $$;

-- Messages that end without a call. The last word is written, everything else about them goes. Where an earlier call
-- may have arrived, "never sent" would not be true: such a message is unknown again, and stays so.
CREATE FUNCTION end_unsent(p_ids bigint[], p_status text, p_code int, p_reason text)
RETURNS void LANGUAGE sql AS $$
  WITH doubted AS (
    UPDATE delivery d SET state = 'unknown', unknown_at = clock_timestamp(), on_unknown = 'hold'
    WHERE d.cdls_id = ANY (p_ids) AND EXISTS (SELECT 1 FROM attempt a WHERE a.cdls_id = d.cdls_id AND a.outcome = 'unknown')
    RETURNING d.cdls_id, d.attempt, d.source
  ), kept AS (
    UPDATE cdls m SET cdls_status = 'WR', cdls_status_delivery = 'unknown; not sent again: ' || p_reason, cdls_attempts = doubted.attempt
    FROM doubted WHERE m.cdls_id = doubted.cdls_id
  ), gone AS (
    DELETE FROM delivery d
    WHERE d.cdls_id = ANY (p_ids) AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.cdls_id = d.cdls_id AND a.outcome = 'unknown')
    RETURNING d.cdls_id, d.cdcs_id, d.v8l_id, d.attempt, d.guards_window, d.source
  ), counted AS (
    INSERT INTO campaign_delta (campaign_id, what, n)
    SELECT s.source, s.what, sum(s.n) FROM (
      SELECT source, 'queued' AS what, -1 AS n FROM doubted UNION ALL SELECT source, 'unknown', 1 FROM doubted
      UNION ALL SELECT source, 'queued', -1 FROM gone UNION ALL SELECT source, campaign_state_of(NULL, p_status, p_reason), 1 FROM gone
      UNION ALL SELECT source, 'failed||' || left(p_reason, 60), 1 FROM gone WHERE p_status = 'ERROR') s
    WHERE s.source <> 0 GROUP BY s.source, s.what
  ), remembered AS (
    INSERT INTO history_delta (what, n)
    SELECT s.what, count(*) FROM (SELECT 'unknown' AS what FROM doubted UNION ALL SELECT 'settled ' || p_status FROM gone) s GROUP BY s.what
  ), reopened AS (
    DELETE FROM duplicate_window WHERE cdls_id IN (SELECT cdls_id FROM gone WHERE guards_window)
  ), listed AS (
    INSERT INTO unsent_message (cdcs_id, cdls_status, cdls_id, v8l_id, campaign_id, error_class)
    SELECT g.cdcs_id, p_status, g.cdls_id, g.v8l_id, nullif(g.source, 0),
           (SELECT a.error_class FROM attempt a WHERE a.cdls_id = g.cdls_id AND a.number = g.attempt)
    FROM gone g ON CONFLICT DO NOTHING
  )
  UPDATE cdls m SET cdls_status = p_status, cdls_return_code = p_code, cdls_status_delivery = p_reason,
                    cdls_attempts = gone.attempt, cdls_settled_at = clock_timestamp()
  FROM gone WHERE m.cdls_id = gone.cdls_id;
$$;

-- How long a call of this type may take; the table is `callDeadlineMs` in packages/domain/src/message-type.ts.
CREATE FUNCTION call_deadline(p_type text) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE p_type WHEN 'video' THEN interval '90 seconds' WHEN 'text' THEN interval '15 seconds' ELSE interval '20 seconds' END;
$$;

-- Claim: who may call Graph now, and when exactly. One call for every note a worker holds in the same moment.
--   go      the attempt is open and the lease is set; the first byte may be written in turn_in_ms; interval_ms lies between
--           two turns of the line, and is 0 when it goes at less than half its pace: then no other turn is near by
--   wait    not yet: ask again in after_ms
--   shelved back in the backlog until it is due; release brings it again
--   ended   it ended here without a call (expired, or its line is down and somebody is waiting for an answer)
--   nothing is said about a note for which there is nothing to do
CREATE FUNCTION claim_turns(p_ids bigint[], p_releases int[], p_worker text)
RETURNS TABLE (
  message_id bigint, verdict text, after_ms double precision, turn_in_ms double precision,
  attempt_number int, tries int, line_id bigint, campaign_id bigint, lane text, dest text, type text, data text,
  sealed_token text, sealed_app_secret text, origin text, traceparent text, waited_ms double precision, interval_ms double precision
) LANGUAGE plpgsql AS $$
DECLARE
  v record;
  v_now timestamptz;
  v_line bigint;
  -- The gate of the line the loop is at.
  v_share double precision;
  v_text_next_at timestamptz;
  v_media_next_at timestamptz;
  v_trial_at timestamptz;
  v_moved boolean;
  v_held boolean;
  v_open_now int;
  v_open_bulk int;
  v_text_denied int;
  v_media_denied int;
  v_text_given bigint;
  v_media_given bigint;
  v_served text[];
  -- The turn the loop is about to give or to deny.
  v_pace double precision;
  v_interval interval;
  v_ahead interval;
  v_next_at timestamptz;
  v_free_at timestamptz;
  v_turn_at timestamptz;
  v_denied int;
  v_before bigint;
  v_again_at timestamptz;
  -- What the loop has decided, to be written at once; NULL is none.
  v_gone bigint[];
  v_ended_ids bigint[];
  v_ended_codes int[];
  v_ended_reasons text[];
  v_go_ids bigint[];
  v_go_turns timestamptz[];
  v_go_intervals interval[];
  v_shelved_ids bigint[];
  v_shelved_until timestamptz[];
  v_late_ids bigint[];
  v_late_until timestamptz[];
  v_campaigns boolean;
  v_silent bigint[];
  v_excluded bigint[];
  v_excluded_ids bigint[];
  v_go_sources bigint[];
  v_gates bigint[];
  v_gate_texts timestamptz[];
  v_gate_medias timestamptz[];
  v_gate_trials timestamptz[];
  -- Turns given of each budget.
  v_text_turns int;
  v_media_turns int;
  v_gate_text_turns int[];
  v_gate_media_turns int[];
  v_gate_text_givens bigint[];
  v_gate_media_givens bigint[];
  -- Named in a question, it keeps older partitions from being opened; see `leads`.
  v_low bigint := (SELECT min(id) FROM unnest(p_ids) AS id);
BEGIN
  -- Gates in line order: no two batches can wait for each other in a ring. Who holds a line's gate is the only one who
  -- can make a message of it `sending`.
  PERFORM 1 FROM line_gate g
   WHERE g.v8l_id IN (SELECT d.v8l_id FROM delivery d WHERE d.cdls_id = ANY (p_ids)) ORDER BY g.v8l_id FOR UPDATE;
  -- Then the deliveries in message order, as everybody else who takes several.
  SELECT bool_or(l.source <> 0) INTO v_campaigns
    FROM (SELECT d.source FROM delivery d WHERE d.cdls_id = ANY (p_ids) ORDER BY d.cdls_id FOR UPDATE) l;
  -- From here every statement sees what the previous holder of these locks has committed.
  v_now := clock_timestamp();
  IF v_campaigns THEN
    SELECT array_agg(DISTINCT d.source) FILTER (WHERE NOT campaign_sends(c, v_now)),
           array_agg(d.cdls_id) FILTER (WHERE EXISTS (SELECT 1 FROM excluded_recipient x WHERE x.cdcs_id = d.cdcs_id AND x.dest = d.dest))
      INTO v_silent, v_excluded
      FROM delivery d JOIN campaign c ON c.campaign_id = d.source WHERE d.cdls_id = ANY (p_ids);
  END IF;

  FOR v IN
    SELECT d.cdls_id, d.v8l_id, d.lane, d.state, d.dest, d.type, d.source, d.due_at, d.expires_at, d.lease_until, d.origin,
           d.place, d.released_at, g.text_next_at, g.media_next_at, g.text_given, g.media_given, g.active_at, g.blocked_until, g.pace_share, g.pace_share_at, g.trial_at,
           g.held_until, g.held_now, g.held_bulk, l.v8l_pace, l.v8l_media_pace,
           CASE WHEN NOT c.cdcs_active THEN 'account inactive' WHEN NOT l.v8l_active THEN 'line inactive'
                WHEN l.v8l_paused_at IS NOT NULL THEN 'line paused'
                WHEN l.v8l_parked_at IS NOT NULL AND (l.v8l_parked_until IS NULL OR l.v8l_parked_until > v_now)
                THEN 'line parked: ' || coalesce(l.v8l_parked_reason, '') END AS line_down,
           CASE WHEN c.cdcs_active AND l.v8l_active AND l.v8l_paused_at IS NULL THEN coalesce(l.v8l_parked_code, 0) ELSE 0 END AS down_code,
           EXISTS (SELECT 1 FROM delivery o WHERE o.v8l_id = d.v8l_id AND o.dest = d.dest AND o.state = 'sending')
           OR EXISTS (SELECT 1 FROM delivery o WHERE o.v8l_id = d.v8l_id AND o.dest = d.dest AND o.lane = d.lane
                       AND o.position < d.position AND o.state <> 'unknown' AND o.source = d.source) AS recipient_busy
    FROM unnest(p_ids, p_releases) AS a(id, release)
    JOIN delivery d ON d.cdls_id = a.id AND d.release_number = a.release
    JOIN line_gate g ON g.v8l_id = d.v8l_id JOIN cd_v8_line l ON l.v8l_id = d.v8l_id JOIN cd_customer c ON c.cdcs_id = d.cdcs_id
    -- 'now' sorts before 'bulk' (descending), so somebody who waits is served first.
    ORDER BY d.v8l_id, d.lane DESC, d.place, d.position
  LOOP
    IF v.v8l_id IS DISTINCT FROM v_line THEN
      IF v_moved THEN
        v_gates := v_gates || v_line;
        v_gate_texts := v_gate_texts || v_text_next_at;
        v_gate_medias := v_gate_medias || v_media_next_at;
        v_gate_trials := v_gate_trials || v_trial_at;
        v_gate_text_turns := v_gate_text_turns || v_text_turns;
        v_gate_media_turns := v_gate_media_turns || v_media_turns;
        v_gate_text_givens := v_gate_text_givens || v_text_given;
        v_gate_media_givens := v_gate_media_givens || v_media_given;
      END IF;
      v_line := v.v8l_id;
      v_share := CASE WHEN v.pace_share >= 1 THEN 1 ELSE current_share(v.pace_share, v.pace_share_at) END;
      v_text_next_at := v.text_next_at;
      v_media_next_at := v.media_next_at;
      v_trial_at := v.trial_at;
      v_moved := false;
      v_text_turns := 0;
      v_media_turns := 0;
      v_held := v.held_until > v_now;
      v_text_denied := 0;
      v_media_denied := 0;
      v_text_given := v.text_given;
      v_media_given := v.media_given;
      v_served := '{}';
      IF v_held THEN
        SELECT count(*) FILTER (WHERE d.lane = 'now'), count(*) FILTER (WHERE d.lane = 'bulk') INTO v_open_now, v_open_bulk
          FROM delivery d WHERE d.v8l_id = v_line AND d.state = 'sending';
      END IF;
    END IF;

    -- Asked by number only: a state in the question would tempt the planner to read all rows of that state.
    CONTINUE WHEN v.state NOT IN ('released', 'sending');
    v_again_at := NULL;
    IF v.state = 'sending' THEN
      IF v.lease_until < v_now THEN
        v_gone := v_gone || v.cdls_id;
        CONTINUE;
      END IF;
      -- A note for a call that is in flight elsewhere comes back when that call's lease ends.
      v_again_at := v.lease_until;
    ELSIF v.expires_at <= v_now THEN
      v_ended_ids := v_ended_ids || v.cdls_id;
      v_ended_codes := v_ended_codes || 0;
      v_ended_reasons := v_ended_reasons || 'expired'::text;
      message_id := v.cdls_id; verdict := 'ended'; line_id := v_line; lane := v.lane; origin := v.origin;
      RETURN NEXT;
      CONTINUE;
    ELSIF v.line_down IS NOT NULL THEN
      -- A waiting caller is told now, everybody else goes back to the backlog.
      message_id := v.cdls_id; line_id := v_line; lane := v.lane; origin := v.origin;
      IF v.lane = 'now' THEN
        verdict := 'ended';
        v_ended_ids := v_ended_ids || v.cdls_id;
        v_ended_codes := v_ended_codes || v.down_code;
        v_ended_reasons := v_ended_reasons || v.line_down;
      ELSE
        verdict := 'shelved';
        v_shelved_ids := v_shelved_ids || v.cdls_id;
        v_shelved_until := v_shelved_until || v_now;
      END IF;
      RETURN NEXT;
      CONTINUE;
    ELSIF v.source = ANY (v_silent) THEN
      -- Its campaign is paused, or these are not its hours.
      message_id := v.cdls_id; verdict := 'shelved'; line_id := v_line; lane := v.lane; origin := v.origin;
      v_shelved_ids := v_shelved_ids || v.cdls_id;
      v_shelved_until := v_shelved_until || v_now;
      RETURN NEXT;
      CONTINUE;
    ELSIF v.cdls_id = ANY (v_excluded) THEN
      message_id := v.cdls_id; verdict := 'ended'; line_id := v_line; lane := v.lane; origin := v.origin;
      v_excluded_ids := v_excluded_ids || v.cdls_id;
      RETURN NEXT;
      CONTINUE;
    ELSIF v.recipient_busy OR v.dest = ANY (v_served) THEN
      -- The settle of whoever is before it wakes it up.
      v_again_at := v_now + interval '1 second';
    ELSIF v.due_at > v_now + interval '250 milliseconds' THEN
      v_again_at := v.due_at;
    ELSIF v_trial_at > v_now THEN
      -- The trial may succeed long before its deadline.
      v_again_at := least(v_trial_at, v_now + interval '5 seconds');
    ELSIF v_held AND v.lane = 'now' AND v_open_now >= v.held_now THEN
      v_again_at := v_now + interval '1 second';
    ELSIF v_held AND v.lane = 'bulk' AND v_open_bulk >= v.held_bulk THEN
      v_again_at := v_now + interval '5 seconds';
    ELSE
      v_pace := v_share * CASE WHEN v.type IN ('audio', 'video') THEN v.v8l_media_pace ELSE v.v8l_pace END;
      -- Rounded up to whole microseconds, or 300 a second would be a few more.
      v_interval := CASE WHEN v_pace <= 0 THEN interval '0' ELSE interval '1 microsecond' * ceil(1000000 / v_pace) END;
      -- A turn that nobody took in time is given later, but only one: a second never sees more than its pace and one.
      -- Nor does a turn lie farther ahead than grants can have moved it, whatever the pace was or the clock said before.
      v_next_at := least(greatest(CASE WHEN v.type IN ('audio', 'video') THEN v_media_next_at ELSE v_text_next_at END, v_now - v_interval),
        v_now + 5 * v_interval + interval '25 milliseconds');
      -- Turns are given a little ahead, so that none is lost while they are asked for. A synchronous send borrows up to
      -- two turns more; since every grant moves the next turn, bulk pays them back.
      v_ahead := least(2 * v_interval, interval '250 milliseconds') + interval '25 milliseconds';
      v_free_at := v_next_at - v_interval * CASE v.lane WHEN 'now' THEN 2 ELSE 0 END;
      -- Those denied in this call come before it, and in lane `bulk` all that were released before it and have not had their
      -- turn. One of these may have lost its note, so nobody stays behind them for more than a second beyond the release window.
      v_denied := CASE WHEN v.type IN ('audio', 'video') THEN v_media_denied ELSE v_text_denied END;
      v_before := v_denied;
      IF v.place IS NOT NULL AND v_pace > 0 AND v.released_at BETWEEN v_now - interval '1 second' * (1 + greatest(2, 20 / v_pace)) AND v_now THEN
        v_before := greatest(v_denied, v.place - CASE WHEN v.type IN ('audio', 'video') THEN v_media_given ELSE v_text_given END);
      END IF;
      v_turn_at := greatest(v_now, v.due_at, v.blocked_until);
      IF greatest(v_turn_at, v_free_at + v_interval * v_before) > v_now + v_ahead THEN
        -- Whoever is denied learns the time of its own turn, and asks again just before; those in line ask every three seconds.
        v_again_at := greatest(v_turn_at, least(v_free_at + v_interval * v_before,
          greatest(v_free_at + v_interval * v_denied, v_now + interval '3 seconds'))) - v_ahead / 2;
        IF v.type IN ('audio', 'video') THEN v_media_denied := v_media_denied + 1; ELSE v_text_denied := v_text_denied + 1; END IF;
      ELSE
        v_served := v_served || v.dest;
        v_go_ids := v_go_ids || v.cdls_id;
        v_turn_at := greatest(v_turn_at, v_free_at);
        v_go_turns := v_go_turns || v_turn_at;
        IF v.source <> 0 THEN v_go_sources := v_go_sources || v.source; END IF;
        v_go_intervals := v_go_intervals || CASE WHEN v_next_at > v_now - v_interval THEN v_interval ELSE interval '0' END;
        IF v.type IN ('audio', 'video') THEN
          v_media_next_at := v_next_at + v_interval;
          v_media_turns := v_media_turns + 1;
          v_media_given := v_media_given + CASE v.lane WHEN 'bulk' THEN 1 ELSE 0 END;
        ELSE
          v_text_next_at := v_next_at + v_interval;
          v_text_turns := v_text_turns + 1;
          v_text_given := v_text_given + CASE v.lane WHEN 'bulk' THEN 1 ELSE 0 END;
        END IF;
        IF v_held THEN
          IF v.lane = 'now' THEN v_open_now := v_open_now + 1; ELSE v_open_bulk := v_open_bulk + 1; END IF;
        END IF;
        IF v_trial_at IS NOT NULL THEN
          -- One trial call at a time: its settle says when the next may go, and its deadline does if it has no settle.
          v_trial_at := v_turn_at + interval '5 seconds' + call_deadline(v.type);
        END IF;
        v_moved := v_moved OR v_pace > 0 OR v_trial_at IS NOT NULL OR v.active_at IS NULL OR v.active_at < v_now - interval '10 seconds';
      END IF;
    END IF;

    IF v_again_at IS NOT NULL THEN
      message_id := v.cdls_id; line_id := v_line; lane := v.lane; origin := v.origin;
      after_ms := greatest(1, extract(epoch FROM v_again_at - v_now) * 1000)::float8;
      IF v.state = 'sending' THEN
        verdict := 'wait';
      ELSIF v.lane = 'bulk' AND v_again_at > v_now + interval '3 seconds' THEN
        verdict := 'shelved';
        v_shelved_ids := v_shelved_ids || v.cdls_id;
        v_shelved_until := v_shelved_until || v_again_at;
      ELSE
        verdict := 'wait';
        IF v_again_at > v_now + interval '1 second' THEN
          -- The sweep counts overdue from here.
          v_late_ids := v_late_ids || v.cdls_id;
          v_late_until := v_late_until || v_again_at;
        END IF;
      END IF;
      RETURN NEXT;
    END IF;
  END LOOP;

  IF v_moved THEN
    v_gates := v_gates || v_line;
    v_gate_texts := v_gate_texts || v_text_next_at;
    v_gate_medias := v_gate_medias || v_media_next_at;
    v_gate_trials := v_gate_trials || v_trial_at;
    v_gate_text_turns := v_gate_text_turns || v_text_turns;
    v_gate_media_turns := v_gate_media_turns || v_media_turns;
    v_gate_text_givens := v_gate_text_givens || v_text_given;
    v_gate_media_givens := v_gate_media_givens || v_media_given;
  END IF;
  IF v_gates IS NOT NULL THEN
    UPDATE line_gate g SET text_next_at = m.text_next_at, media_next_at = m.media_next_at, trial_at = m.trial_at,
           text_given = m.text_given, media_given = m.media_given,
           active_at = CASE WHEN g.active_at > v_now - interval '10 seconds' THEN g.active_at ELSE v_now END,
           -- Turns by minutes of the clock, so that whoever asks how much of the pace is used need not count the attempts.
           turns_minute = date_trunc('minute', v_now),
           text_turns = m.text_turns + CASE WHEN g.turns_minute = date_trunc('minute', v_now) THEN g.text_turns ELSE 0 END,
           media_turns = m.media_turns + CASE WHEN g.turns_minute = date_trunc('minute', v_now) THEN g.media_turns ELSE 0 END,
           text_turns_before = CASE g.turns_minute WHEN date_trunc('minute', v_now) THEN g.text_turns_before
             WHEN date_trunc('minute', v_now) - interval '1 minute' THEN g.text_turns ELSE 0 END,
           media_turns_before = CASE g.turns_minute WHEN date_trunc('minute', v_now) THEN g.media_turns_before
             WHEN date_trunc('minute', v_now) - interval '1 minute' THEN g.media_turns ELSE 0 END
      FROM unnest(v_gates, v_gate_texts, v_gate_medias, v_gate_trials, v_gate_text_turns, v_gate_media_turns,
                  v_gate_text_givens, v_gate_media_givens)
        AS m(id, text_next_at, media_next_at, trial_at, text_turns, media_turns, text_given, media_given)
      WHERE g.v8l_id = m.id;
  END IF;
  IF v_gone IS NOT NULL THEN
    PERFORM expire_leases(v_gone);
  END IF;
  FOR v IN SELECT e.code, e.reason, array_agg(e.id) AS ids FROM unnest(v_ended_ids, v_ended_codes, v_ended_reasons) AS e(id, code, reason)
    GROUP BY e.code, e.reason
  LOOP
    PERFORM end_unsent(v.ids, 'ERROR', v.code, v.reason);
  END LOOP;
  IF v_excluded_ids IS NOT NULL THEN
    PERFORM end_unsent(v_excluded_ids, 'CANCELED', 0, 'on the exclusion list');
  END IF;
  IF v_go_sources IS NOT NULL THEN
    INSERT INTO campaign_delta (campaign_id, what, n)
      SELECT s.source, w.what, w.n * count(*) FROM unnest(v_go_sources) AS s(source), (VALUES ('queued', -1), ('sending', 1)) AS w(what, n)
      GROUP BY s.source, w.what, w.n;
  END IF;
  IF v_shelved_ids IS NOT NULL THEN
    UPDATE delivery d SET state = 'backlog', due_at = s.until
      FROM unnest(v_shelved_ids, v_shelved_until) AS s(id, until)
      WHERE d.cdls_id = s.id;
  END IF;
  IF v_late_ids IS NOT NULL THEN
    UPDATE delivery d SET due_at = s.until
      FROM unnest(v_late_ids, v_late_until) AS s(id, until)
      WHERE d.cdls_id = s.id;
  END IF;
  IF v_go_ids IS NULL THEN
    RETURN;
  END IF;

  RETURN QUERY
  WITH opened AS (
    UPDATE delivery d SET state = 'sending', attempt = d.attempt + 1,
      lease_until = t.turn_at + interval '30 seconds' + call_deadline(d.type)
    FROM unnest(v_go_ids, v_go_turns, v_go_intervals) AS t(id, turn_at, every) WHERE d.cdls_id = t.id
    RETURNING d.cdls_id, d.v8l_id, d.attempt, d.tries, nullif(d.source, 0) AS campaign, d.lane, d.dest, d.type, d.origin,
      d.traceparent, d.accepted_at, d.released_at, t.turn_at, t.every
  ), noted AS (
    INSERT INTO attempt (cdls_id, number, worker, released_at, opened_at, turn_at)
    SELECT o.cdls_id, o.attempt, p_worker, o.released_at, v_now, o.turn_at FROM opened o
  )
  -- The turn is counted from the answer: waiting for the gate has taken its time, too. One that passed meanwhile is negative.
  SELECT o.cdls_id, 'go'::text, NULL::float8, (extract(epoch FROM o.turn_at - clock_timestamp()) * 1000)::float8,
         o.attempt, o.tries, o.v8l_id, o.campaign, o.lane, o.dest, o.type, m.cdls_mdata, l.v8l_wa_api_key, l.v8l_fb_app_secret, o.origin, o.traceparent,
         (extract(epoch FROM o.turn_at - o.accepted_at) * 1000)::float8, (extract(epoch FROM o.every) * 1000)::float8
  FROM opened o JOIN cdls m ON m.cdls_id = o.cdls_id AND m.cdls_id >= v_low JOIN cd_v8_line l ON l.v8l_id = o.v8l_id
  WHERE leads(o.cdls_id);
END $$;

-- One settle of a batch; `Settle` in packages/db/src/settle.ts says what each column means.
CREATE TYPE settle AS (
  id bigint, attempt int, line bigint, dest text, sealed_token text, step text, after_ms double precision, costs_try boolean,
  return_code int, return_id text, return_log text, status_delivery text,
  line_effect text, scope text, line_ms double precision, share double precision, because text, mend text, health text,
  outcome text, error_class text, http_status int, code int, subcode int, fbtrace_id text, text text,
  connected_ms int, written_ms int, answered_ms int, total_ms int);

-- Settle: close the attempts and write what became of the messages. One call for every call that ended in the same moment.
-- A settle names its attempt and moves only that attempt's `sending` or `unknown`: a worker that comes back from
-- the dead finds its attempt gone and changes nothing but its own attempt row. Only `OK` is proof whatever was decided
-- since: it ends the message wherever it is, so that what has arrived is not sent again. Evidence comes this way, too.
-- p_steps are the steps that occur, so that a batch pays only for what it holds; p_tell says that lines are concerned, too.
-- The settles that moved nothing are not among the rows returned.
CREATE FUNCTION settle_attempts(p_settles jsonb, p_steps text[], p_tell boolean)
RETURNS TABLE (message_id bigint, attempt_number int, origin text, line_id bigint, lane text, end_to_end_ms double precision,
               wake_id bigint, wake_release int, wake_lane text)
LANGUAGE plpgsql AS $$
DECLARE
  -- Read once: taking it apart costs as much as half of the writing.
  v_settles settle[] := ARRAY(SELECT s FROM jsonb_populate_recordset(NULL::settle, p_settles) s);
  -- As in claim_turns: older partitions are not opened.
  v_low bigint := (SELECT min(s.id) FROM unnest(v_settles) s);
  v_campaigns boolean;
  v_before campaign_move[];
BEGIN
  -- A line in doubt wants to hear of every call, of those that went well above all.
  IF p_tell OR EXISTS (
      SELECT 1 FROM line_gate g JOIN cd_v8_line l ON l.v8l_id = g.v8l_id
      WHERE g.v8l_id IN (SELECT s.line FROM unnest(v_settles) s)
        AND (g.failures > 0 OR g.trial_at IS NOT NULL OR g.suspects <> '{}' OR l.v8l_parked_at IS NOT NULL)) THEN
    PERFORM tell_gates(v_settles);
  END IF;
  SELECT bool_or(l.source <> 0) INTO v_campaigns FROM (
    SELECT d.source FROM delivery d WHERE d.cdls_id IN (SELECT s.id FROM unnest(v_settles) s) ORDER BY d.cdls_id FOR UPDATE) l;
  IF v_campaigns THEN
    v_before := ARRAY(SELECT ROW(d.cdls_id, d.source, d.state)::campaign_move FROM delivery d
      WHERE d.cdls_id IN (SELECT s.id FROM unnest(v_settles) s) AND d.source <> 0);
  END IF;

  -- How a call failed is counted with its first answer: a settle whose commit was in doubt comes twice. An attempt without
  -- an answer has no total time.
  IF EXISTS (SELECT 1 FROM unnest(v_settles) s WHERE s.error_class IS NOT NULL) THEN
    WITH failed AS (
      SELECT s.error_class FROM unnest(v_settles) s JOIN attempt a ON a.cdls_id = s.id AND a.number = s.attempt
      WHERE s.error_class IS NOT NULL AND a.total_ms IS NULL ORDER BY a.cdls_id FOR UPDATE OF a
    )
    INSERT INTO history_delta (what, n) SELECT 'error ' || f.error_class, count(*) FROM failed f GROUP BY f.error_class;
  END IF;

  -- Evidence knows nothing of codes and times, and no answer takes back what is proved.
  UPDATE attempt a SET outcome = CASE a.outcome WHEN 'sent' THEN a.outcome ELSE s.outcome END,
    error_class = CASE a.outcome WHEN 'sent' THEN a.error_class ELSE s.error_class END,
    http_status = coalesce(s.http_status, a.http_status), code = coalesce(s.code, a.code),
    subcode = coalesce(s.subcode, a.subcode), fbtrace_id = coalesce(s.fbtrace_id, a.fbtrace_id), text = s.text,
    connected_ms = coalesce(s.connected_ms, a.connected_ms), written_ms = coalesce(s.written_ms, a.written_ms),
    answered_ms = coalesce(s.answered_ms, a.answered_ms), total_ms = coalesce(s.total_ms, a.total_ms),
    closed_at = clock_timestamp()
  FROM unnest(v_settles) s WHERE leads(s.id) AND a.cdls_id = s.id AND a.number = s.attempt AND a.cdls_id >= v_low;

  -- What ends here.
  IF p_steps && ARRAY['OK', 'ERROR'] THEN
    RETURN QUERY
    WITH told AS MATERIALIZED (
      SELECT s.* FROM unnest(v_settles) s WHERE s.step IN ('OK', 'ERROR')
    ), mine AS MATERIALIZED (
      -- Of two words about one message in the same batch the proof counts.
      SELECT DISTINCT ON (t.id) t.*, d.attempt AS last_attempt, d.v8l_id, d.dest AS recipient, d.lane, d.origin, d.accepted_at
      FROM told t JOIN delivery d ON d.cdls_id = t.id
      WHERE (t.step = 'OK' AND t.attempt <= d.attempt) OR (t.attempt = d.attempt AND d.state IN ('sending', 'unknown'))
      ORDER BY t.id, t.step = 'OK' DESC
    ), overtaken AS (
      -- A later call that is still open has nobody left to ask after it.
      UPDATE attempt a SET outcome = 'unknown', text = 'an earlier call was proved to have arrived', closed_at = clock_timestamp()
      FROM mine WHERE leads(mine.id) AND mine.attempt < mine.last_attempt AND a.cdls_id = mine.id AND a.number = mine.last_attempt
        AND a.closed_at IS NULL AND a.cdls_id >= v_low
    ), ended AS (
      DELETE FROM delivery d USING mine WHERE d.cdls_id = mine.id
    ), counted AS (
      INSERT INTO history_delta (what, n) SELECT 'settled ' || mine.step, count(*) FROM mine GROUP BY mine.step
    ), said AS (
      UPDATE cdls m SET cdls_status = mine.step, cdls_return_code = mine.return_code, cdls_return_id = mine.return_id,
        cdls_return_log = coalesce(mine.return_log, m.cdls_return_log), cdls_status_delivery = mine.status_delivery,
        cdls_attempts = mine.last_attempt, cdls_settled_at = clock_timestamp()
      FROM mine WHERE leads(mine.id) AND m.cdls_id = mine.id AND m.cdls_id >= v_low
    ), found_by AS (
      INSERT INTO meta_message_id (hash, cdls_id)
      SELECT meta_id_hash(mine.return_id), mine.id FROM mine WHERE mine.step = 'OK' AND mine.return_id IS NOT NULL
    )
    SELECT mine.id, mine.attempt, mine.origin, mine.v8l_id, mine.lane, (extract(epoch FROM clock_timestamp() - mine.accepted_at) * 1000)::float8,
           following.cdls_id, following.release_number, following.lane
    FROM mine
    -- Whoever waits for the same recipient need not sleep on.
    LEFT JOIN LATERAL (SELECT * FROM next_of_recipient(mine.v8l_id, mine.recipient, mine.id)) following ON true;
  END IF;

  IF 'ERROR' = ANY (p_steps) THEN
    WITH failed AS (
      SELECT m.cdls_id, m.cdcs_id, m.v8l_id, m.cdls_campaign_id, s.error_class, EXISTS (SELECT 1 FROM attempt a
        WHERE a.cdls_id = m.cdls_id AND a.outcome = 'unknown' AND a.cdls_id >= v_low) AS doubted
      FROM unnest(v_settles) s JOIN cdls m ON m.cdls_id = s.id AND m.cdls_id >= v_low
      WHERE leads(s.id) AND s.step = 'ERROR' AND m.cdls_status = 'ERROR' AND m.cdls_attempts = s.attempt
    ), reopened AS (
      -- Whoever was refused may try again at once, as documented for whatever ended ERROR.
      DELETE FROM duplicate_window w USING failed f WHERE w.cdls_id = f.cdls_id
    ), noted AS (
      UPDATE cdls m SET cdls_status_delivery = m.cdls_status_delivery || '; an earlier call may have arrived'
      FROM failed f WHERE leads(f.cdls_id) AND m.cdls_id = f.cdls_id AND f.doubted AND m.cdls_id >= v_low
    )
    INSERT INTO unsent_message (cdcs_id, cdls_status, cdls_id, v8l_id, campaign_id, error_class)
    SELECT f.cdcs_id, 'ERROR', f.cdls_id, f.v8l_id, f.cdls_campaign_id, f.error_class FROM failed f ON CONFLICT DO NOTHING;
  END IF;

  -- What goes on: nobody knows (`unknown`), a short sleep as its job (`again`), or a wait as a row (`backlog`).
  IF p_steps && ARRAY['unknown', 'again', 'backlog'] THEN
    RETURN QUERY
    WITH told AS MATERIALIZED (
      SELECT s.* FROM unnest(v_settles) s WHERE s.step IN ('unknown', 'again', 'backlog')
    ), mine AS MATERIALIZED (
      SELECT t.*, d.state AS was, d.v8l_id, d.dest AS recipient, d.lane, d.origin, d.accepted_at
      FROM told t JOIN delivery d ON d.cdls_id = t.id AND d.attempt = t.attempt
      WHERE d.state = 'sending' OR (d.state = 'unknown' AND t.step <> 'unknown')
    ), moved AS (
      UPDATE delivery d SET
        state = CASE mine.step WHEN 'unknown' THEN 'unknown' WHEN 'again' THEN 'released' ELSE 'backlog' END,
        unknown_at = CASE mine.step WHEN 'unknown' THEN clock_timestamp() END,
        due_at = CASE mine.step WHEN 'unknown' THEN d.due_at ELSE clock_timestamp() + coalesce(mine.after_ms, 0) * interval '1 millisecond' END,
        tries = d.tries + CASE WHEN mine.costs_try THEN 1 ELSE 0 END, lease_until = NULL
      FROM mine WHERE d.cdls_id = mine.id
    ), counted AS (
      INSERT INTO history_delta (what, n) SELECT 'unknown', count(*) FROM mine WHERE mine.step = 'unknown' HAVING count(*) > 0
    ), said AS (
      UPDATE cdls m SET
        cdls_status = CASE mine.step WHEN 'unknown' THEN 'WR' ELSE 'PENDING' END, cdls_return_code = mine.return_code,
        cdls_return_id = mine.return_id, cdls_return_log = mine.return_log, cdls_status_delivery = mine.status_delivery,
        cdls_attempts = mine.attempt
      FROM mine WHERE leads(mine.id) AND m.cdls_id = mine.id AND m.cdls_id >= v_low AND (mine.step = 'unknown' OR mine.was = 'unknown')
    )
    SELECT mine.id, mine.attempt, mine.origin, mine.v8l_id, mine.lane,
           (extract(epoch FROM clock_timestamp() - mine.accepted_at) * 1000)::float8,
           following.cdls_id, following.release_number, following.lane
    FROM mine LEFT JOIN LATERAL (SELECT * FROM next_of_recipient(mine.v8l_id, mine.recipient, mine.id)) following ON true;
  END IF;

  IF v_campaigns THEN
    PERFORM count_moves(v_before, v_low);
  END IF;
END $$;

-- The released message of this recipient whose turn comes when this one has ended. It need not be the first: those of other
-- sources do not wait for it. Behind very many it is not looked for; its note wakes by itself within a second.
CREATE FUNCTION next_of_recipient(p_line bigint, p_dest text, p_id bigint)
RETURNS TABLE (cdls_id bigint, release_number int, lane text) LANGUAGE sql STABLE AS $$
  SELECT h.cdls_id, h.release_number, h.lane FROM (VALUES (1, 'now'), (2, 'bulk')) AS l(place, lane), LATERAL (
    SELECT n.cdls_id, n.release_number, n.lane, n.state, n.position FROM delivery n
    WHERE n.dest = p_dest AND n.v8l_id = p_line AND n.lane = l.lane AND n.cdls_id <> p_id AND n.state <> 'unknown'
    ORDER BY n.position LIMIT 20) h
  WHERE h.state = 'released' ORDER BY l.place, h.position LIMIT 1;
$$;

-- Whether a gate has heard of this effect already, from another call of the same moment.
CREATE FUNCTION already_told(p_gate line_gate, p_effect text, p_share double precision, p_ms double precision) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(CASE p_effect
    WHEN 'slow' THEN current_share(p_gate.pace_share, p_gate.pace_share_at) <= p_share
    WHEN 'pause' THEN p_gate.blocked_until >= statement_timestamp() + (p_ms - 1000) * interval '1 millisecond' END, false);
$$;

-- Parks a line that is not parked yet; with p_ms only for that long. A refusal of a token that was replaced meanwhile says
-- nothing about the new one. The gate is locked before the line, as everywhere. True when it parked.
CREATE FUNCTION park_line(p_line bigint, p_token text, p_reason text, p_code int, p_mend text, p_ms double precision)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz;
BEGIN
  PERFORM 1 FROM line_gate g WHERE g.v8l_id = p_line FOR UPDATE;
  v_now := clock_timestamp();
  -- Asked first: even an update of no row raises the counter of changes, and with it empties every cache.
  IF NOT EXISTS (SELECT 1 FROM cd_v8_line l WHERE l.v8l_id = p_line AND l.v8l_wa_api_key = p_token
                   AND (l.v8l_parked_at IS NULL OR l.v8l_parked_until <= v_now)) THEN
    RETURN false;
  END IF;
  UPDATE cd_v8_line l SET v8l_parked_at = v_now, v8l_parked_reason = p_reason, v8l_parked_code = p_code, v8l_parked_mend = p_mend,
      v8l_parked_until = v_now + p_ms * interval '1 millisecond'
    WHERE l.v8l_id = p_line AND l.v8l_wa_api_key = p_token AND (l.v8l_parked_at IS NULL OR l.v8l_parked_until <= v_now);
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE line_gate g SET probe_at = CASE p_mend WHEN 'token' THEN v_now + interval '1 minute' END WHERE g.v8l_id = p_line;
  RETURN true;
END $$;

-- What a batch of outcomes means for its lines: how fast, whether at all, and what is to be asked of Meta.
CREATE FUNCTION tell_gates(p_settles settle[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v record;
  v_gate line_gate;
  v_wide bigint[];
  v_lines bigint[];
  v_begun_at timestamptz;
  v_now timestamptz;
  v_speaks_of_now boolean;
BEGIN
  -- An application's limit is every one of its lines' limit. Near it every answer says so, and there may be thousands of
  -- lines: only what the line itself does not know yet goes to the others.
  SELECT coalesce(array_agg(s.id), '{}') INTO v_wide FROM unnest(p_settles) s JOIN line_gate g ON g.v8l_id = s.line
   WHERE s.scope = 'app' AND s.line_effect IN ('slow', 'pause') AND NOT already_told(g, s.line_effect, s.share, s.line_ms);
  PERFORM 1 FROM line_gate g WHERE g.v8l_id IN (
      SELECT s.line FROM unnest(p_settles) s
      UNION
      SELECT o.v8l_id FROM unnest(p_settles) s
        JOIN cd_v8_line l ON l.v8l_id = s.line JOIN cd_v8_line o ON o.v8l_fb_app_id = l.v8l_fb_app_id
        WHERE s.id = ANY (v_wide))
    ORDER BY g.v8l_id FOR UPDATE;
  -- All lines that may change before the first does: changing one also locks the counter of changes, for which whoever
  -- has one of the other lines may be waiting.
  PERFORM 1 FROM cd_v8_line l WHERE l.v8l_id IN (
      SELECT s.line FROM unnest(p_settles) s WHERE s.line_effect IN ('park', 'suspect')
      UNION
      SELECT s.line FROM unnest(p_settles) s JOIN cd_v8_line o ON o.v8l_id = s.line
        WHERE s.outcome = 'sent' AND o.v8l_parked_at IS NOT NULL)
    ORDER BY l.v8l_id FOR NO KEY UPDATE;

  FOR v IN SELECT * FROM unnest(p_settles) LOOP
    v_now := clock_timestamp();
    SELECT * INTO v_gate FROM line_gate g WHERE g.v8l_id = v.line;
    SELECT a.turn_at INTO v_begun_at FROM attempt a WHERE a.cdls_id = v.id AND a.number = v.attempt;

    -- Does Graph answer this line's calls? What began before the line was closed or reopened says nothing about it now.
    v_speaks_of_now := v_gate.health_at IS NULL OR v_gate.health_at > v_now OR v_begun_at >= v_gate.health_at;
    IF v.health = 'down' AND v_speaks_of_now THEN
      IF v_gate.trial_at IS NOT NULL THEN
        UPDATE line_gate g SET trial_wait_s = least(60, 2 * g.trial_wait_s),
            trial_at = v_now + least(60, 2 * g.trial_wait_s) * interval '1 second' WHERE g.v8l_id = v.line;
      ELSIF v_gate.failures >= 4 THEN
        UPDATE line_gate g SET failures = g.failures + 1, trial_wait_s = 5, trial_at = v_now + interval '5 seconds', health_at = v_now
          WHERE g.v8l_id = v.line;
      ELSE
        UPDATE line_gate g SET failures = g.failures + 1 WHERE g.v8l_id = v.line;
      END IF;
    ELSIF v.health = 'up' AND v_gate.failures > 0 AND v_speaks_of_now THEN
      IF v_gate.trial_at IS NULL THEN
        UPDATE line_gate g SET failures = 0 WHERE g.v8l_id = v.line;
      ELSE
        UPDATE line_gate g SET failures = 0, trial_at = NULL, trial_wait_s = NULL, health_at = v_now, pace_share_at = greatest(v_now, g.blocked_until),
            pace_share = least(0.25, current_share(g.pace_share, g.pace_share_at)),
            pace_because = 'Graph answers again after a run of failures' WHERE g.v8l_id = v.line;
      END IF;
    END IF;

    IF v.outcome = 'sent' THEN
      UPDATE line_gate g SET suspects = '{}' WHERE g.v8l_id = v.line AND g.suspects <> '{}';
      -- Even an update of no row raises the counter of changes, and with it empties every cache.
      IF EXISTS (SELECT 1 FROM cd_v8_line l WHERE l.v8l_id = v.line AND l.v8l_parked_until <= v_now) THEN
        UPDATE cd_v8_line l SET v8l_parked_at = NULL, v8l_parked_until = NULL, v8l_parked_reason = NULL, v8l_parked_code = NULL, v8l_parked_mend = NULL
          WHERE l.v8l_id = v.line AND l.v8l_parked_until <= v_now;
      END IF;
    END IF;

    IF v.line_effect IN ('slow', 'pause') THEN
      v_lines := ARRAY[v.line];
      IF v.id = ANY (v_wide) AND NOT already_told(v_gate, v.line_effect, v.share, v.line_ms) THEN
        SELECT array_agg(DISTINCT o.v8l_id) || v.line INTO v_lines FROM cd_v8_line l JOIN cd_v8_line o ON o.v8l_fb_app_id = l.v8l_fb_app_id
          WHERE l.v8l_id = v.line;
      END IF;
    END IF;
    IF v.line_effect = 'slow' THEN
      UPDATE line_gate g SET pace_share = v.share, pace_share_at = greatest(v_now, g.blocked_until), pace_because = v.because
        WHERE g.v8l_id = ANY (v_lines) AND current_share(g.pace_share, g.pace_share_at) > v.share;
    ELSIF v.line_effect = 'pause' THEN
      -- One storm slows a line down once: what began before the pace was last lowered was sent at the old pace. The
      -- pace recovers from the end of the pause.
      UPDATE line_gate g SET
          blocked_until = greatest(g.blocked_until, v_now + v.line_ms * interval '1 millisecond'),
          blocked_because = v.because,
          pace_because = CASE WHEN v_begun_at < g.pace_share_at THEN g.pace_because ELSE v.because END,
          pace_share = CASE WHEN v_begun_at < g.pace_share_at THEN g.pace_share
                            ELSE greatest(0.02, current_share(g.pace_share, g.pace_share_at) * coalesce(v.share, 1)) END,
          pace_share_at = greatest(g.pace_share_at, g.blocked_until, v_now + v.line_ms * interval '1 millisecond')
        WHERE g.v8l_id = ANY (v_lines);
    ELSIF v.line_effect = 'suspect' THEN
      -- Whether the page or only these people are meant, its token says.
      UPDATE line_gate g SET suspects = g.suspects || v.dest, probe_at = coalesce(g.probe_at, v_now)
        WHERE g.v8l_id = v.line AND NOT v.dest = ANY (g.suspects);
    END IF;

    IF v.line_effect = 'park'
       OR (v.line_effect = 'suspect' AND (SELECT cardinality(g.suspects) >= 3 FROM line_gate g WHERE g.v8l_id = v.line)) THEN
      PERFORM park_line(v.line, v.sealed_token, coalesce(v.because, v.text), v.http_status, coalesce(v.mend, 'operator'), v.line_ms);
    END IF;
  END LOOP;
END $$;

-- Whether messages of this line may be put into the lane: it sends now, or will in a second.
CREATE FUNCTION may_release(p_line cd_v8_line, p_gate line_gate, p_customer cd_customer, p_at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT p_customer.cdcs_active AND p_line.v8l_active AND p_line.v8l_paused_at IS NULL
    AND (p_line.v8l_parked_at IS NULL OR p_line.v8l_parked_until <= p_at)
    AND (p_gate.blocked_until IS NULL OR p_gate.blocked_until < p_at + interval '1 second')
    AND (p_gate.trial_at IS NULL OR p_gate.trial_at < p_at + interval '1 second');
$$;

-- Of one of a line's two budgets, where something waits for it: how fast it goes, when its next turn is free and how many it
-- has given, of which sources its messages are (the lowest and the highest), and how many of them the lane has and how many of
-- these stand in line for a turn; the others are being sent, or sleep before another try. Without settings of its own, because
-- then it becomes part of the question of release_lines, which has them.
CREATE TYPE waiting_budget AS (media boolean, pace double precision, next_in_s double precision, given bigint, first bigint, last bigint,
  in_lane int, in_line int);

CREATE FUNCTION waiting_budgets(p_line cd_v8_line, p_gate line_gate, p_at timestamptz) RETURNS TABLE (budgets waiting_budget[]) LANGUAGE sql STABLE AS $$
  SELECT array_agg(ROW(b.media, b.pace * s.share, extract(epoch FROM b.next_at - p_at)::float8, b.given, f.first, m.last,
                       o.in_lane, o.in_line)::waiting_budget ORDER BY b.media)
  FROM (VALUES (false, (p_line).v8l_pace, (p_gate).text_next_at, (p_gate).text_given),
               (true, (p_line).v8l_media_pace, (p_gate).media_next_at, (p_gate).media_given)) AS b(media, pace, next_at, given)
  CROSS JOIN LATERAL (
    SELECT CASE WHEN (p_gate).pace_share >= 1 THEN 1 ELSE current_share((p_gate).pace_share, (p_gate).pace_share_at) END AS share) s
  CROSS JOIN LATERAL (
    SELECT d.source AS first FROM delivery d
    WHERE d.v8l_id = (p_line).v8l_id AND (d.type IN ('audio', 'video')) = b.media AND d.state = 'backlog' ORDER BY d.source LIMIT 1) f
  CROSS JOIN LATERAL (
    SELECT d.source AS last FROM delivery d
    WHERE d.v8l_id = (p_line).v8l_id AND (d.type IN ('audio', 'video')) = b.media AND d.state = 'backlog' ORDER BY d.source DESC LIMIT 1) m
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS in_lane, count(*) FILTER (WHERE d.state = 'released' AND d.due_at < p_at + interval '3 seconds')::int AS in_line
    FROM delivery d
    -- Most lines have nothing for one of the budgets: then its lane need not be counted.
    WHERE f.first IS NOT NULL
      AND d.v8l_id = (p_line).v8l_id AND d.lane = 'bulk' AND d.state IN ('released', 'sending') AND (d.type IN ('audio', 'video')) = b.media) o;
$$;

-- Whose messages wait: single ones (0) or a campaign's; how many of them are in the window, and how many sources come after it.
CREATE TYPE waiting_source AS (source bigint, used int, left_over int);

-- Release: move the next messages of these lines from the backlog into lane `bulk`. Lines take turns, whoever was looked at
-- longest ago first; a look ends after 100 lines, or when the lane is full.
-- Every line gets the release windows of its two budgets filled, but no more than its share of a look, and all of them no
-- more than the lane has room for. `after_ms`: its turn is not expected before. A row without a message says that a line was
-- looked at, and whether something due stayed behind for want of that share or of that room (`again`). NULL line: another
-- process is releasing, or the lane has hardly any room; nothing was looked at.
CREATE FUNCTION release_lines(p_lines bigint[], p_lane_limit int)
RETURNS TABLE (message_id bigint, line_id bigint, release int, after_ms double precision, again boolean) LANGUAGE plpgsql AS $$
DECLARE
  c_lines_per_look CONSTANT int := 100;
  v_lane_room int;
  v_share_of_look int;
  v_now timestamptz := clock_timestamp();
  v_lines int;
  v_line bigint;
  v_looked bigint[] := '{}';
  v_gate record;
  v_budget waiting_budget;
  v_sources waiting_source[];
  v_source waiting_source;
  v record;
  v_window int;
  v_room int;
  v_limit int;
  v_quota int;
  v_taken int;
  v_more boolean;
  v_seen jsonb;
  v_seen_count int;
  v_all bigint[] := '{}';
  v_after_ms double precision[] := '{}';
  v_places bigint[] := '{}';
BEGIN
  -- One at a time: who is released next is decided among all lines, not among those one process has heard of first.
  IF pg_try_advisory_xact_lock(7265, 0) THEN
    v_lane_room := p_lane_limit - (SELECT count(*)::int FROM (
      SELECT 1 FROM delivery d WHERE d.lane = 'bulk' AND d.state = 'released' LIMIT p_lane_limit) AS queued);
  END IF;
  -- A nearly full lane is left alone until a look is worth it.
  IF v_lane_room IS NULL OR v_lane_room < greatest(1, p_lane_limit / 40) THEN
    RETURN QUERY SELECT NULL::bigint, NULL::bigint, NULL::int, NULL::float8, true;
    RETURN;
  END IF;
  -- Who asks may have heard of some lines only; the last count knows of all that wait. When they do not fit into one look and
  -- the workers are behind, one message each: a second one would make the lines of the next look wait twice as long.
  SELECT greatest(cardinality(p_lines), count(*)) INTO v_lines
    FROM (SELECT 1 FROM line_backlog b WHERE b.oldest_due_at IS NOT NULL LIMIT 1000) AS known;
  v_share_of_look := greatest(1, CASE WHEN v_lines <= c_lines_per_look THEN v_lane_room / greatest(1, v_lines)
                                      WHEN v_lane_room < p_lane_limit / 2 THEN 1
                                      ELSE v_lane_room / (4 * v_lines) END);

  FOR v_gate IN
    WITH next AS MATERIALIZED (
      -- A turn in the future is from before the clock was set back.
      SELECT a.id, t.looked_at FROM unnest(p_lines) AS a(id) LEFT JOIN line_turn t ON t.v8l_id = a.id AND t.looked_at <= v_now
      ORDER BY t.looked_at NULLS FIRST, a.id LIMIT least(c_lines_per_look, v_lane_room)
    )
    SELECT n.id AS line, g.trial_at, CASE WHEN g.held_until > v_now THEN g.held_bulk END AS held, w.budgets
    FROM next n LEFT JOIN (cd_v8_line l JOIN line_gate g USING (v8l_id) JOIN cd_customer c USING (cdcs_id))
      ON l.v8l_id = n.id AND may_release(l, g, c, v_now)
    LEFT JOIN LATERAL waiting_budgets(l, g, v_now) w ON true
    ORDER BY n.looked_at NULLS FIRST, n.id
  LOOP
    EXIT WHEN v_lane_room = 0;
    v_line := v_gate.line;
    message_id := NULL; line_id := v_line; again := false;
    v_looked := v_looked || v_line;
    FOREACH v_budget IN ARRAY coalesce(v_gate.budgets, '{}') LOOP
      v_window := CASE WHEN v_gate.trial_at IS NOT NULL THEN 1 WHEN v_budget.pace <= 0 THEN 2000
                       ELSE least(2000, greatest(20, ceil(2 * v_budget.pace)))::int END;
      v_window := CASE WHEN v_gate.held IS NULL THEN v_window ELSE least(v_window, greatest(v_gate.held, 1)) END;
      v_room := v_window - v_budget.in_lane;
      -- A settle of this line rings again. A nearly full window is left alone until a look is worth it.
      CONTINUE WHEN v_room < greatest(1, v_window / 10);
      v_limit := least(v_room, v_share_of_look, v_lane_room);
      v_taken := 0;
      v_more := false;
      -- Most often all of it is of one source.
      v_sources := CASE WHEN v_budget.first <> v_budget.last THEN ARRAY(SELECT t FROM sources_in_turn(v_line, v_budget.media) t)
                        WHEN v_budget.first = 0 OR source_sends(v_budget.first) THEN ARRAY[ROW(v_budget.first, 0, 0)::waiting_source] END;

      FOREACH v_source IN ARRAY coalesce(v_sources, '{}') LOOP
        -- Single messages are served first, up to half of the window. Campaigns share the rest evenly; what one of them
        -- does not use the next may.
        v_quota := CASE WHEN v_source.left_over = 0 THEN v_limit - v_taken
                        WHEN v_source.source = 0 THEN least(v_limit - v_taken, (v_window + 1) / 2 - v_source.used)
                        ELSE ceil((v_limit - v_taken)::float8 / (v_source.left_over + 1))::int END;
        v_seen := '{}';
        v_seen_count := 0;
        -- A recipient's messages go one after the other: the later ones wait here, not in the lane. Whoever has ten
        -- thousand of them is asked about once per look, not once per message; and a look ends somewhere.
        FOR v IN
          SELECT d.cdls_id, d.dest, d.lane, d.position FROM delivery d
          WHERE d.v8l_id = v_line AND (d.type IN ('audio', 'video')) = v_budget.media AND d.source = v_source.source
            AND d.state = 'backlog' AND d.due_at <= clock_timestamp()
          ORDER BY d.position LIMIT 50000
        LOOP
          CONTINUE WHEN v_seen_count > 0 AND v_seen ? v.dest;
          -- Whether it may go, the next look asks.
          IF v_quota <= 0 THEN
            v_more := true;
            EXIT;
          END IF;
          IF EXISTS (SELECT 1 FROM delivery o WHERE o.v8l_id = v_line AND o.dest = v.dest AND o.lane = v.lane
                       AND o.position < v.position AND o.state <> 'unknown' AND o.source = v_source.source) THEN
            IF v_seen_count < 1000 THEN
              v_seen := v_seen || jsonb_build_object(v.dest, 1);
              v_seen_count := v_seen_count + 1;
            END IF;
            CONTINUE;
          END IF;
          v_all := v_all || v.cdls_id;
          -- Its turn comes behind those that stand in line already. A note that comes too early only asks twice, one
          -- that comes too late leaves a turn unused; and a pace may recover while it sleeps.
          v_after_ms := v_after_ms || CASE WHEN v_budget.pace <= 0 THEN 0
            ELSE least(3000, greatest(0, 950 * (greatest(0, v_budget.next_in_s) + v_budget.in_line / v_budget.pace) - 50)) END;
          v_places := v_places || v_budget.given + v_budget.in_line;
          v_budget.in_line := v_budget.in_line + 1;
          v_quota := v_quota - 1;
          v_taken := v_taken + 1;
        END LOOP;
      END LOOP;
      v_lane_room := v_lane_room - v_taken;
      again := again OR (v_more AND v_taken >= v_limit AND v_limit < v_room);
    END LOOP;
    RETURN NEXT;
  END LOOP;

  INSERT INTO line_turn AS t (v8l_id, looked_at) SELECT line, v_now FROM unnest(v_looked) AS line
    ON CONFLICT (v8l_id) DO UPDATE SET looked_at = excluded.looked_at;
  RETURN QUERY
  WITH free AS MATERIALIZED (
    -- What somebody else is changing just now is left for the next look. IS TRUE: a state in the question would tempt the
    -- planner to read all rows of that state.
    SELECT d.cdls_id FROM delivery d WHERE d.cdls_id = ANY (v_all) AND (d.state = 'backlog') IS TRUE FOR UPDATE SKIP LOCKED
  ), moved AS (
    UPDATE delivery d SET state = 'released', release_number = d.release_number + 1, due_at = clock_timestamp(), released_at = v_now, place = a.place
    FROM unnest(v_all, v_after_ms, v_places) WITH ORDINALITY AS a(id, after_ms, place, rank)
    -- As a question of its own: without hashing a join would compare each with each.
    WHERE d.cdls_id = a.id AND (a.id IN (SELECT f.cdls_id FROM free f)) IS TRUE
    RETURNING d.cdls_id, d.v8l_id, d.release_number, a.after_ms, a.rank
  )
  -- In the lane, too, lines take turns: first the first of each, then the second of each.
  SELECT m.cdls_id, m.v8l_id, m.release_number, m.after_ms, false FROM moved m
  ORDER BY row_number() OVER (PARTITION BY m.v8l_id ORDER BY m.rank), m.rank;
  GET DIAGNOSTICS v_taken = ROW_COUNT;
  IF v_taken < cardinality(v_all) THEN
    RETURN QUERY SELECT NULL::bigint, d.v8l_id, NULL::int, NULL::float8, true FROM delivery d
      WHERE d.cdls_id = ANY (v_all) AND (d.state = 'backlog') IS TRUE GROUP BY d.v8l_id;
  END IF;
END $$;

-- Whose messages of a line and budget are waiting, in the order of their turns, with what each has in the release window
-- and how many come after it, of campaigns among those of the same priority. Single messages (source 0) come first, then the
-- campaigns of the highest priority, of these the one with the fewest; the next priority has what these leave.
CREATE FUNCTION sources_in_turn(p_line bigint, p_media boolean) RETURNS SETOF waiting_source LANGUAGE sql VOLATILE AS $$
  WITH RECURSIVE hop AS (
    (SELECT d.source FROM delivery d
      WHERE d.v8l_id = p_line AND (d.type IN ('audio', 'video')) = p_media AND d.state = 'backlog' ORDER BY d.source LIMIT 1)
    UNION ALL
    SELECT (SELECT d.source FROM delivery d
      WHERE d.v8l_id = p_line AND (d.type IN ('audio', 'video')) = p_media AND d.state = 'backlog' AND d.source > hop.source
      ORDER BY d.source LIMIT 1)
    FROM hop WHERE hop.source IS NOT NULL
  ), waiting AS (
    SELECT hop.source, coalesce((SELECT c.priority FROM campaign c WHERE c.campaign_id = hop.source), 0) AS priority
    FROM hop WHERE hop.source IS NOT NULL AND source_sends(hop.source)
  ), usage AS (
    -- Of two that have as few, neither comes first always.
    SELECT w.source, w.priority, random() AS lot, (SELECT count(*)::int FROM delivery d
      WHERE d.v8l_id = p_line AND d.source = w.source AND d.lane = 'bulk' AND d.state IN ('released', 'sending')
        AND (d.type IN ('audio', 'video')) = p_media) AS used
    FROM waiting w
  )
  SELECT u.source, u.used,
    (CASE u.source WHEN 0 THEN count(*) OVER () - 1
     ELSE count(*) OVER (PARTITION BY u.source = 0, u.priority)
          - row_number() OVER (PARTITION BY u.source = 0, u.priority ORDER BY u.used, u.lot) END)::int
  FROM usage u ORDER BY u.source <> 0, u.priority DESC, u.used, u.lot;
$$;

-- Which lines whose messages may be released have any? Hops from line to line instead of reading every row.
CREATE FUNCTION lines_with_backlog() RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  WITH RECURSIVE hop AS (
    (SELECT d.v8l_id FROM delivery d WHERE d.state = 'backlog' ORDER BY d.v8l_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.v8l_id FROM delivery d WHERE d.state = 'backlog' AND d.v8l_id > hop.v8l_id ORDER BY d.v8l_id LIMIT 1)
    FROM hop WHERE hop.v8l_id IS NOT NULL
  )
  SELECT l.v8l_id FROM hop JOIN cd_v8_line l USING (v8l_id) JOIN line_gate g USING (v8l_id) JOIN cd_customer c USING (cdcs_id)
  WHERE may_release(l, g, c, statement_timestamp());
$$;

-- Since when has a line had something due that may be sent? The first messages of a source are its oldest: if these are not
-- due yet, the others do not count. NULL: nothing waits but for its time, or for its campaign.
CREATE FUNCTION waiting_since(p_line bigint) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (
    SELECT nullif(min(d.due_at), greatest(min(d.due_at), statement_timestamp()))
    FROM (VALUES (false), (true)) AS b(media), LATERAL sources_in_turn(p_line, b.media) t, LATERAL (
      SELECT w.due_at FROM delivery w
      WHERE w.v8l_id = p_line AND (w.type IN ('audio', 'video')) = b.media AND w.source = t.source AND w.state = 'backlog'
      ORDER BY w.position LIMIT 50) d);
END $$;

-- Cancel: only what has not been handed to Graph, as far as anybody knows.
CREATE FUNCTION cancel_messages(p_customer bigint, p_ids bigint[]) RETURNS TABLE (message_id bigint, verdict text) LANGUAGE plpgsql AS $$
DECLARE
  v_mine bigint[];
BEGIN
  -- In message order, as everybody else who takes several; what was moved meanwhile is seen by the next statement.
  PERFORM 1 FROM delivery d WHERE d.cdls_id = ANY (p_ids) ORDER BY d.cdls_id FOR UPDATE;
  v_mine := ARRAY(
    SELECT d.cdls_id FROM delivery d
    WHERE d.cdls_id = ANY (p_ids) AND (p_customer IS NULL OR d.cdcs_id = p_customer) AND (d.state IN ('backlog', 'released')) IS TRUE
      AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.cdls_id = d.cdls_id AND a.outcome = 'unknown'));
  PERFORM end_unsent(v_mine, 'CANCELED', 0, 'canceled');
  RETURN QUERY
  SELECT i.id, CASE WHEN i.id = ANY (v_mine) THEN 'canceled' WHEN m.cdls_id IS NULL THEN 'not_found' ELSE 'too_late' END
  FROM unnest(p_ids) AS i(id) LEFT JOIN cdls m ON m.cdls_id = i.id AND (p_customer IS NULL OR m.cdcs_id = p_customer);
END $$;

-- Whether these messages may be replayed, and if not, why not. The rules are those of the door, which a caller meets, too.
--   fit               yes
--   not_found         there is none
--   not_unsent        it has not ended ERROR or CANCELED, or has only since p_before
--   already           it was replayed
--   may_have_arrived  its last word is that it failed, but an earlier call may have arrived
--   account_inactive, line_inactive, line_incomplete   what it would be sent by is not there (110, 230, 233 and 234)
--   campaign_canceled, excluded                        what kept it from being sent still stands
CREATE FUNCTION replay_verdicts(p_ids bigint[], p_before timestamptz) RETURNS TABLE (message_id bigint, verdict text) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY
  SELECT i.id, CASE
    WHEN m.cdls_id IS NULL THEN 'not_found'
    WHEN m.cdls_status NOT IN ('ERROR', 'CANCELED') OR m.cdls_settled_at > p_before THEN 'not_unsent'
    WHEN EXISTS (SELECT 1 FROM message_replay r WHERE r.cdls_id = i.id) THEN 'already'
    WHEN NOT c.cdcs_active THEN 'account_inactive'
    WHEN NOT l.v8l_active OR l.v8l_class <> 'messenger' THEN 'line_inactive'
    WHEN l.v8l_wa_api_key = '' OR l.v8l_fb_page_id = '' THEN 'line_incomplete'
    WHEN EXISTS (SELECT 1 FROM campaign o WHERE o.campaign_id = m.cdls_campaign_id AND o.state = 'canceled') THEN 'campaign_canceled'
    WHEN m.cdls_campaign_id IS NOT NULL
      AND EXISTS (SELECT 1 FROM excluded_recipient x WHERE x.cdcs_id = m.cdcs_id AND x.dest = m.cdls_dest) THEN 'excluded'
    WHEN m.cdls_status_delivery LIKE '%an earlier call may have arrived' THEN 'may_have_arrived'
    ELSE 'fit' END
  FROM unnest(p_ids) AS i(id) LEFT JOIN (cdls m JOIN cd_v8_line l ON l.v8l_id = m.v8l_id JOIN cd_customer c ON c.cdcs_id = m.cdcs_id) ON m.cdls_id = i.id;
END $$;

-- Replay: what ended ERROR or CANCELED is accepted once more, as a new message of lane `bulk` to the same person. Of two who
-- ask at once the second waits for the first and then finds it replayed. The verdicts are those above, and
--   replayed          in replay_id the new message
--   full              the line's backlog is over its horizon; it may be tried again
-- p_doubted: whoever asks knows that some may arrive twice.
CREATE FUNCTION replay_messages(p_ids bigint[], p_before timestamptz, p_horizon_ms double precision, p_doubted boolean)
RETURNS TABLE (message_id bigint, verdict text, replay_id bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_fit bigint[];
  v_made bigint[];
  v_replays bigint[];
  v_messages jsonb;
  v_full bigint[];
BEGIN
  FOR message_id, verdict IN SELECT v.message_id, v.verdict FROM replay_verdicts(p_ids, p_before) v LOOP
    IF verdict = 'fit' OR (p_doubted AND verdict = 'may_have_arrived') THEN
      v_fit := v_fit || message_id;
    ELSE
      RETURN NEXT;
    END IF;
  END LOOP;
  WITH made AS (
    INSERT INTO message_replay AS r (cdls_id, replay_id)
    SELECT f.id, nextval('cdls_cdls_id_seq') FROM (SELECT unnest(v_fit) AS id ORDER BY 1) f
    ON CONFLICT DO NOTHING RETURNING r.cdls_id, r.replay_id
  )
  -- As an asynchronous caller would send it who says no more than he must.
  SELECT array_agg(n.cdls_id), array_agg(n.replay_id),
      jsonb_agg(jsonb_build_object('id', n.replay_id, 'customer', m.cdcs_id, 'line', m.v8l_id, 'dest', m.cdls_dest,
        'type', m.cdls_mtype, 'data', m.cdls_mdata, 'caption', m.cdls_mcaption, 'reference', m.cdls_msg_id, 'lane', 'bulk',
        'validity_ms', 1000 * least(l.v8l_validity_seconds, 86400), 'on_unknown', m.cdls_on_unknown, 'place', n.replay_id))
    INTO v_made, v_replays, v_messages
    FROM made n JOIN cdls m ON m.cdls_id = n.cdls_id JOIN cd_v8_line l ON l.v8l_id = m.v8l_id;
  IF v_messages IS NOT NULL THEN
    v_full := ARRAY(SELECT a.message_id FROM accept_messages(v_messages, p_horizon_ms, '{bulk}') a WHERE a.verdict = 'full');
    DELETE FROM message_replay r WHERE r.replay_id = ANY (v_full);
  END IF;
  RETURN QUERY
  SELECT n.id, CASE WHEN n.replay_id = ANY (v_full) THEN 'full' ELSE 'replayed' END,
         CASE WHEN n.replay_id = ANY (v_full) THEN NULL ELSE n.replay_id END
  FROM unnest(v_made, v_replays) AS n(id, replay_id)
  UNION ALL
  SELECT o.id, 'already', NULL FROM (SELECT unnest(v_fit) AS id EXCEPT SELECT unnest(v_made)) o;
END $$;

-- By what `meta_message_id` finds a message: the same for ever, whatever PostgreSQL's own hashes become.
CREATE FUNCTION meta_id_hash(p_id text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT ('x' || left(encode(sha256(convert_to(p_id, 'UTF8')), 'hex'), 16))::bit(64)::bigint;
$$;

-- A message that was accepted before this time, and so was every one below it, as far as numbers and times go up together; 0
-- when there is none. Halves the numbers there are, so that no index on time is needed.
CREATE FUNCTION last_id_before(p_at timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_below bigint := coalesce((SELECT m.cdls_id - 1 FROM cdls m ORDER BY m.cdls_id LIMIT 1), 0);
  v_above bigint := coalesce((SELECT m.cdls_id + 1 FROM cdls m ORDER BY m.cdls_id DESC LIMIT 1), 0);
  v_middle bigint;
  v_id bigint;
  v_at timestamptz;
BEGIN
  WHILE v_above - v_below > 1 LOOP
    v_middle := v_below + (v_above - v_below) / 2;
    SELECT m.cdls_id, m.cdls_created_at INTO v_id, v_at FROM cdls m WHERE m.cdls_id >= v_middle ORDER BY m.cdls_id LIMIT 1;
    IF v_id < v_above AND v_at < p_at THEN
      v_below := v_id;
    ELSE
      v_above := v_middle;
    END IF;
  END LOOP;
  RETURN v_below;
END $$;

-- Adds up what has happened, to the minute and to the hour in which it did, and forgets what is too old. One process at a
-- time. The deltas of the last ten seconds stay where they are: they say how fast it goes just now.
--   elsewhere  another process is at it
--   folded     done, until there is more
--   more       there was more than goes into one round
--   look       done; and nobody has looked yet how things stand in this minute
CREATE FUNCTION fold_history() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  c_most_at_once CONSTANT int := 50000;
  v_now timestamptz;
  v_folded int;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7268, 1) THEN
    RETURN 'elsewhere';
  END IF;
  v_now := clock_timestamp();
  WITH gone AS (
    DELETE FROM history_delta d WHERE d.id IN (
      -- What is of the future was counted before the clock was set back.
      SELECT o.id FROM history_delta o WHERE o.at NOT BETWEEN v_now - interval '10 seconds' AND v_now + interval '10 seconds'
      ORDER BY o.id LIMIT c_most_at_once)
    RETURNING d.at, d.what, d.n
  ), told AS (
    INSERT INTO history_count AS h (span, at, what, n)
    SELECT s.span, date_trunc(s.span, g.at, 'UTC'), g.what, sum(g.n) FROM gone g, (VALUES ('minute'), ('hour')) AS s(span) GROUP BY 1, 2, 3
    ON CONFLICT (span, at, what) DO UPDATE SET n = h.n + excluded.n
  )
  SELECT count(*) INTO v_folded FROM gone;
  IF v_folded = c_most_at_once THEN
    RETURN 'more';
  END IF;
  IF EXISTS (SELECT 1 FROM history_sample h WHERE h.span = 'minute' AND h.at = date_trunc('minute', v_now, 'UTC')) THEN
    RETURN 'folded';
  END IF;
  -- Once a minute, with the look.
  DELETE FROM history_count h WHERE h.ctid = ANY (ARRAY(
    SELECT o.ctid FROM (VALUES ('minute', interval '2 days'), ('hour', interval '40 days')) AS k(span, kept)
      JOIN history_count o ON o.span = k.span AND o.at < v_now - k.kept LIMIT c_most_at_once));
  DELETE FROM history_sample h WHERE h.ctid = ANY (ARRAY(
    SELECT o.ctid FROM (VALUES ('minute', interval '2 days'), ('hour', interval '40 days')) AS k(span, kept)
      JOIN history_sample o ON o.span = k.span AND o.at < v_now - k.kept LIMIT c_most_at_once));
  DELETE FROM process p WHERE p.seen_at < v_now - interval '1 hour';
  RETURN 'look';
END $$;

-- The tables these functions ask are empty at one moment and hold millions of rows at the next, and their statistics
-- lag behind. Every one of their questions has an index, so the planner is told to use it whatever it believes.
DO $$
DECLARE
  v_function text;
  v_setting text;
BEGIN
  FOREACH v_function IN ARRAY ARRAY['accept_messages(jsonb, double precision, text[])', 'late_messages(jsonb, double precision, bigint[], text[])', 'count_backlogs()', 'claim_turns(bigint[], int[], text)', 'settle_attempts(jsonb, text[], boolean)',
      'tell_gates(settle[])', 'park_line(bigint, text, text, int, text, double precision)', 'release_lines(bigint[], int)', 'sources_in_turn(bigint, boolean)', 'expire_leases(bigint[])', 'end_unsent(bigint[], text, int, text)',
      'lines_with_backlog()', 'waiting_since(bigint)', 'cancel_messages(bigint, bigint[])', 'replay_verdicts(bigint[], timestamptz)',
      'replay_messages(bigint[], timestamptz, double precision, boolean)', 'last_id_before(timestamptz)', 'source_sends(bigint)', 'campaigns_to_feed()',
      'recipients_to_feed(bigint, text, bigint, int)', 'feed_campaign(bigint, text, bigint, bigint, boolean, bigint[], text[], text[])',
      'requeue_unknown(bigint, int)', 'end_canceled(int)', 'fold_campaigns()', 'fold_history()', 'count_moves(campaign_move[], bigint)',
      'add_recipients(bigint, text, bigint, bigint, jsonb, bigint[], text[], text[], bigint)'] LOOP
    FOREACH v_setting IN ARRAY ARRAY['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_material', 'enable_bitmapscan', 'jit'] LOOP
      EXECUTE format('ALTER FUNCTION %s SET %I = off', v_function, v_setting);
    END LOOP;
    -- Planning anew at every call would cost several times the call. A plan kept from when a table was small is thrown
    -- away when the sweep finds that the table has outgrown its statistics.
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', v_function);
  END LOOP;
END $$;

-- Where one line has nearly all of the backlog, and that is when it is large, reading and sorting all of it looks as cheap as
-- reading on in the order of its index, of which a look takes the first few hundred.
ALTER FUNCTION release_lines(bigint[], int) SET enable_sort = off;
