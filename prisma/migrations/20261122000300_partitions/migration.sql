-- The log, its attempts and its ids at Meta lie in partitions by ranges of the message number, so that what is old goes as a file goes: at once.

-- How many numbers a new partition holds: 25 partitions are 50 million messages. Those that are there keep what they have.
CREATE FUNCTION partition_size() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT 2000000::bigint $$;

-- The partitions of `cdls`, `attempt` or `meta_message_id`, the lowest numbers first: from first_id up to, but without, next_id.
CREATE FUNCTION partitions_of(p_table regclass) RETURNS TABLE (partition regclass, first_id bigint, next_id bigint) LANGUAGE sql STABLE AS $$
  SELECT b.partition, b.ends[1]::bigint AS first_id, b.ends[2]::bigint
  FROM (SELECT c.oid::regclass AS partition, regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''(\d+)''\) TO \(''(\d+)''\)') AS ends
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = p_table) b
  ORDER BY first_id;
$$;

CREATE FUNCTION partition_holds(p_table regclass, p_id bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM partitions_of(p_table) p WHERE p.first_id <= p_id AND p_id < p.next_id);
$$;

-- Makes the partitions that hold this number, if they are not there. Whoever writes or reads does not wait: a table that is
-- attached takes a lock on the whole that stops only those who do the same, or analyse it.
CREATE FUNCTION make_partition(p_id bigint) RETURNS boolean LANGUAGE plpgsql SET lock_timeout = '5s' AS $$
DECLARE
  v_size bigint := partition_size();
  v_table text;
  v_name text;
  v_first bigint;
  v_next bigint;
  v_made boolean := false;
BEGIN
  IF partition_holds('cdls', p_id) AND partition_holds('attempt', p_id) AND partition_holds('meta_message_id', p_id) THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(7268, 0);
  FOREACH v_table IN ARRAY ARRAY['attempt', 'meta_message_id', 'cdls'] LOOP
    CONTINUE WHEN partition_holds(v_table::regclass, p_id);
    -- It ends where its neighbours begin, which may be of another size.
    SELECT greatest(p_id / v_size * v_size, max(p.next_id) FILTER (WHERE p.next_id <= p_id)),
           least((p_id / v_size + 1) * v_size, min(p.first_id) FILTER (WHERE p.first_id > p_id))
      INTO v_first, v_next FROM partitions_of(v_table::regclass) p;
    v_name := v_table || '_from_' || v_first;
    -- A partition inherits no storage parameters. Room is left in each page so that the one update at settle stays beside
    -- its row and touches no index.
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL) WITH (fillfactor = 80)', v_name, v_table);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', v_table, v_name, v_first, v_next);
    v_made := true;
  END LOOP;
  RETURN v_made;
END $$;

-- The partition the next number falls into, and one ahead of it.
CREATE FUNCTION make_partitions_ahead() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_last bigint := (SELECT s.last_value FROM cdls_cdls_id_seq s);
BEGIN
  PERFORM make_partition(v_last);
  PERFORM make_partition(v_last + partition_size());
END $$;

-- Why the messages of this partition stay, or `over`: they may go.
--   open        the next number falls into it, or before it
--   young       its newest message was accepted after p_before; NULL: everything stays
--   unfinished  a message in it has not got its last word
-- A number is used within an hour after it was drawn (`packages/db/src/accept.ts`), so the row with the highest number is the
-- newest but for that hour.
CREATE FUNCTION partition_standing(p_first bigint, p_next bigint, p_before timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN (SELECT s.last_value FROM cdls_cdls_id_seq s) < p_next THEN 'open'
              WHEN p_before IS NULL OR (SELECT m.cdls_created_at FROM cdls m WHERE m.cdls_id >= p_first AND m.cdls_id < p_next
                ORDER BY m.cdls_id DESC LIMIT 1) > p_before - interval '1 hour' THEN 'young'
              WHEN EXISTS (SELECT 1 FROM delivery d WHERE d.cdls_id >= p_first AND d.cdls_id < p_next) THEN 'unfinished'
              ELSE 'over' END;
$$;

-- Every partition of the log, the lowest numbers first, with the times of its first and last row; bytes with its attempts.
CREATE FUNCTION log_partitions(p_before timestamptz)
RETURNS TABLE (first_id bigint, next_id bigint, standing text, oldest_at timestamptz, newest_at timestamptz, bytes bigint) LANGUAGE sql STABLE AS $$
  SELECT first_id, p.next_id, partition_standing(p.first_id, p.next_id, p_before),
         (SELECT m.cdls_created_at FROM cdls m WHERE m.cdls_id >= p.first_id AND m.cdls_id < p.next_id ORDER BY m.cdls_id LIMIT 1),
         (SELECT m.cdls_created_at FROM cdls m WHERE m.cdls_id >= p.first_id AND m.cdls_id < p.next_id ORDER BY m.cdls_id DESC LIMIT 1),
         pg_total_relation_size(p.partition) + coalesce(pg_total_relation_size(a.partition), 0) + coalesce(pg_total_relation_size(i.partition), 0)
  FROM partitions_of('cdls') p LEFT JOIN partitions_of('attempt') a USING (first_id) LEFT JOIN partitions_of('meta_message_id') i USING (first_id)
  ORDER BY first_id;
$$;

-- Drops a partition of the log if it is `over`; what it is otherwise is said. Everybody else waits while this waits and works,
-- so it does not wait for long: whoever reads the log at that moment for longer is an error (lock_not_available), to be tried
-- again. Only then is it looked at, when nobody can write any more.
CREATE FUNCTION drop_log_partition(p_first bigint, p_before timestamptz) RETURNS text LANGUAGE plpgsql SET lock_timeout = '500ms' AS $$
DECLARE
  v_partition regclass;
  v_standing text;
BEGIN
  LOCK TABLE ONLY cdls IN ACCESS EXCLUSIVE MODE;
  SELECT p.partition, partition_standing(p.first_id, p.next_id, p_before) INTO v_partition, v_standing
    FROM partitions_of('cdls') p WHERE p.first_id = p_first;
  IF v_standing = 'over' THEN
    EXECUTE format('DROP TABLE %s', v_partition);
  END IF;
  RETURN coalesce(v_standing, 'gone');
END $$;

-- Partitions of attempts whose messages are gone. They go last, so they tell where a drop was broken off.
CREATE FUNCTION left_partitions() RETURNS TABLE (first_id bigint, next_id bigint) LANGUAGE sql STABLE AS $$
  SELECT a.first_id, a.next_id FROM partitions_of('attempt') a
  WHERE NOT EXISTS (SELECT 1 FROM partitions_of('cdls') p WHERE p.first_id = a.first_id);
$$;

-- Drops the attempts and the ids at Meta of messages that are gone. A lock of its own, after that of the log is let go: nobody waits in a ring.
CREATE FUNCTION drop_left_partition(p_first bigint) RETURNS void LANGUAGE plpgsql SET lock_timeout = '500ms' AS $$
DECLARE
  v_partition regclass;
BEGIN
  PERFORM pg_advisory_xact_lock(7268, 0);
  FOR v_partition IN
    SELECT p.partition FROM left_partitions() l
      CROSS JOIN LATERAL (SELECT * FROM partitions_of('meta_message_id') UNION ALL SELECT * FROM partitions_of('attempt')) p
    WHERE l.first_id = p_first AND p.first_id = p_first
  LOOP
    EXECUTE format('DROP TABLE %s', v_partition);
  END LOOP;
END $$;

-- Their questions have an index each, whatever the statistics of a partition say; see decision 4.
DO $$
DECLARE
  v_function text;
BEGIN
  FOREACH v_function IN ARRAY ARRAY['partition_standing(bigint, bigint, timestamptz)', 'log_partitions(timestamptz)',
      'drop_log_partition(bigint, timestamptz)'] LOOP
    EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', v_function);
    EXECUTE format('ALTER FUNCTION %s SET enable_bitmapscan = off', v_function);
  END LOOP;
END $$;

SELECT make_partitions_ahead();
