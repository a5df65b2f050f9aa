-- Campaigns: one list of recipients and one message.

CREATE TABLE "campaign" (
    "campaign_id" BIGSERIAL NOT NULL,
    "cdcs_id" BIGINT NOT NULL,
    "v8l_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'draft',
    "because" TEXT,
    "type" TEXT NOT NULL,
    "template" TEXT NOT NULL,
    "defaults" JSONB NOT NULL DEFAULT '{}',
    "on_unknown" TEXT NOT NULL DEFAULT 'hold',
    "validity_seconds" INTEGER NOT NULL DEFAULT 604800,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "rate" DOUBLE PRECISION,
    "allowance" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "allowance_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "time_start" TIME(0),
    "time_end" TIME(0),
    "date_start" DATE,
    "date_end" DATE,
    "most_failed_percent" DOUBLE PRECISION,
    "most_unknown" INTEGER,
    "feeds" TEXT NOT NULL DEFAULT 'pending',
    "last_number" BIGINT NOT NULL DEFAULT 0,
    "fed_to" BIGINT NOT NULL DEFAULT 0,
    "again_to" BIGINT NOT NULL DEFAULT 0,
    "judged_from" JSONB NOT NULL DEFAULT '{}',
    "storm_of" TEXT,
    "storm_count" BIGINT NOT NULL DEFAULT 0,
    "rate_now" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "rate_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "starts_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "resumed_at" TIMESTAMPTZ(6),
    "first_sent_at" TIMESTAMPTZ(3),
    "last_sent_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    CONSTRAINT "campaign_pkey" PRIMARY KEY ("campaign_id"),
    CONSTRAINT "campaign_cdcs_id_fkey" FOREIGN KEY ("cdcs_id") REFERENCES "cd_customer" ("cdcs_id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "campaign_v8l_id_fkey" FOREIGN KEY ("v8l_id") REFERENCES "cd_v8_line" ("v8l_id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "campaign_state_check" CHECK ("state" IN ('draft', 'scheduled', 'running', 'paused', 'stopped', 'finishing', 'finished', 'canceled')),
    CONSTRAINT "campaign_on_unknown_check" CHECK ("on_unknown" IN ('hold', 'resend')),
    CONSTRAINT "campaign_feeds_check" CHECK ("feeds" IN ('pending', 'failed', 'unknown')),
    CONSTRAINT "campaign_rate_check" CHECK ("rate" BETWEEN 0.001 AND 300),
    CONSTRAINT "campaign_hours_check" CHECK (("time_start" IS NULL) = ("time_end" IS NULL))
) WITH (fillfactor = 50);
CREATE INDEX "campaign_list_of_customer" ON "campaign" ("cdcs_id", "campaign_id" DESC);
CREATE INDEX "campaign_of_line" ON "campaign" ("v8l_id");
-- Every worker asks each moment: which campaigns have something to do? Of all there ever were: few.
CREATE INDEX "campaign_at_work" ON "campaign" ("campaign_id") WHERE "ended_at" IS NULL AND "state" <> 'draft';

-- Whoever is on the list, in the order of the list. `cdls_id` is the newest message to this recipient; `because` says why
-- none could be made.
CREATE TABLE "campaign_recipient" (
    "campaign_id" BIGINT NOT NULL,
    "number" BIGINT NOT NULL,
    "dest" TEXT NOT NULL,
    "variables" JSONB,
    "cdls_id" BIGINT,
    "because" TEXT,
    CONSTRAINT "campaign_recipient_pkey" PRIMARY KEY ("campaign_id", "number")
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX "campaign_recipient_once" ON "campaign_recipient" ("campaign_id", "dest");

CREATE TABLE "campaign_upload" (
    "campaign_id" BIGINT NOT NULL,
    "upload" TEXT NOT NULL,
    "rows" BIGINT NOT NULL DEFAULT 0,
    "recipients" BIGINT NOT NULL DEFAULT 0,
    "duplicates" BIGINT NOT NULL DEFAULT 0,
    "bad" BIGINT NOT NULL DEFAULT 0,
    "broken" TEXT,
    "begun_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    CONSTRAINT "campaign_upload_pkey" PRIMARY KEY ("campaign_id", "upload")
);

-- Rows of a list that are no recipients, the first thousand of each upload.
CREATE TABLE "campaign_upload_fault" (
    "campaign_id" BIGINT NOT NULL,
    "upload" TEXT NOT NULL,
    "row" BIGINT NOT NULL,
    "column" TEXT,
    "because" TEXT NOT NULL,
    CONSTRAINT "campaign_upload_fault_pkey" PRIMARY KEY ("campaign_id", "upload", "row")
);

-- How many recipients are in which state: what was counted at the last fold, and what has moved since. Nobody waits for a
-- row that everybody counts in.
CREATE TABLE "campaign_tally" (
    "campaign_id" BIGINT NOT NULL,
    "what" TEXT NOT NULL,
    "n" BIGINT NOT NULL,
    CONSTRAINT "campaign_tally_pkey" PRIMARY KEY ("campaign_id", "what")
) WITH (fillfactor = 50);
CREATE TABLE "campaign_delta" (
    "id" BIGSERIAL NOT NULL,
    "campaign_id" BIGINT NOT NULL,
    "what" TEXT NOT NULL,
    "n" BIGINT NOT NULL,
    CONSTRAINT "campaign_delta_pkey" PRIMARY KEY ("id")
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX "campaign_delta_of_campaign" ON "campaign_delta" ("campaign_id");

-- Whom a customer's campaigns must not write to.
CREATE TABLE "excluded_recipient" (
    "cdcs_id" BIGINT NOT NULL,
    "dest" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "excluded_recipient_pkey" PRIMARY KEY ("cdcs_id", "dest")
);

-- Media as it was uploaded to the page of a line; `digest` is the SHA-256 of its URL. `uploaded_at` is when that was begun.
-- Whoever uploads it has it until `uploading_until`. `lost` counts the ids in a row that were refused as soon as they were
-- there.
CREATE TABLE "page_asset" (
    "v8l_id" BIGINT NOT NULL,
    "type" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "attachment_id" TEXT,
    "uploaded_at" TIMESTAMPTZ(3),
    "uploading_until" TIMESTAMPTZ(6),
    "try_at" TIMESTAMPTZ(3),
    "tries" INTEGER NOT NULL DEFAULT 0,
    "not_fetched" INTEGER NOT NULL DEFAULT 0,
    "lost" INTEGER NOT NULL DEFAULT 0,
    "because" TEXT,
    CONSTRAINT "page_asset_pkey" PRIMARY KEY ("v8l_id", "type", "digest")
);

-- The media that everybody on a campaign's list gets, by the SHA-256 of its URL, so that one upload serves them all; NULL when
-- there is none, or when it is different for each: two braces always open a variable.
CREATE FUNCTION shared_media(p_campaign campaign) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p_campaign.type <> 'text' AND position('{{' in p_campaign.template) = 0
    THEN sha256(convert_to(p_campaign.template, 'UTF8')) END;
$$;

-- May this campaign send it by its id? Meta keeps it for 90 days. What was at its URL before the campaign was started may have
-- been something else.
CREATE FUNCTION asset_serves(p_asset page_asset, p_campaign campaign, p_at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(p_asset.attachment_id IS NOT NULL AND p_asset.uploaded_at > p_at - interval '90 days'
    AND p_asset.uploaded_at >= coalesce(p_campaign.started_at, p_campaign.created_at), false);
$$;

-- Are these the hours and days of the campaign? Compared with the clock on the wall there, so that a daylight-saving change
-- moves the hours with it. Where the hours end before they begin they go over midnight.
CREATE FUNCTION campaign_hours(p_campaign campaign, p_at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (p_campaign.date_start IS NULL OR (p_at AT TIME ZONE p_campaign.time_zone)::date >= p_campaign.date_start)
    AND (p_campaign.date_end IS NULL OR (p_at AT TIME ZONE p_campaign.time_zone)::date <= p_campaign.date_end)
    AND (p_campaign.time_start IS NULL OR p_campaign.time_start = p_campaign.time_end
      OR (p_campaign.time_start < p_campaign.time_end
          AND (p_at AT TIME ZONE p_campaign.time_zone)::time >= p_campaign.time_start
          AND (p_at AT TIME ZONE p_campaign.time_zone)::time < p_campaign.time_end)
      OR (p_campaign.time_start > p_campaign.time_end
          AND ((p_at AT TIME ZONE p_campaign.time_zone)::time >= p_campaign.time_start
               OR (p_at AT TIME ZONE p_campaign.time_zone)::time < p_campaign.time_end)));
$$;

-- May messages of this campaign go out?
CREATE FUNCTION campaign_sends(p_campaign campaign, p_at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT p_campaign.state IN ('running', 'finishing') AND campaign_hours(p_campaign, p_at);
$$;

-- Single messages always, those of a campaign while it sends.
CREATE FUNCTION source_sends(p_source bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN p_source = 0 OR EXISTS (SELECT 1 FROM campaign c WHERE c.campaign_id = p_source AND campaign_sends(c, statement_timestamp()));
END $$;

-- Where a message's recipient counts. One that has left `delivery` has its last word in the log.
CREATE FUNCTION campaign_state_of(p_delivery_state text, p_status text, p_reason text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p_delivery_state IN ('backlog', 'released') THEN 'queued'
              WHEN p_delivery_state IS NOT NULL THEN p_delivery_state
              WHEN p_status = 'OK' THEN 'sent'
              WHEN p_status = 'ERROR' THEN 'failed'
              WHEN p_reason = 'on the exclusion list' THEN 'excluded'
              ELSE 'canceled' END;
$$;

-- Why a message failed, in few words that many share: Graph's code, if it was Graph's word that ended it, and what the log says.
CREATE FUNCTION failure_of(p_message cdls) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT 'failed|' || coalesce((SELECT a.code || coalesce('/' || a.subcode, '') FROM attempt a
      WHERE a.cdls_id = p_message.cdls_id AND a.number = p_message.cdls_attempts AND p_message.cdls_return_code <> 0), '') || '|'
    || left(coalesce(p_message.cdls_status_delivery, ''), 60);
$$;

-- Always true, and said to cost a great deal. Whatever is asked so is looked at once, and the log by its numbers, one by one:
-- never the other way round, as a plan would have it that was made when the log was small. Beside it a question may name the
-- lowest number of a batch, which keeps older partitions from being opened, without tempting anybody to read on from there.
CREATE FUNCTION leads(p_id bigint) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 100000 AS $$ BEGIN RETURN true; END $$;

-- A message of a campaign before it is moved.
CREATE TYPE campaign_move AS (id bigint, campaign bigint, state text);

-- Counts what became of these messages since, of which p_low is the lowest number. Whoever failed is counted by the reason, too.
CREATE FUNCTION count_moves(p_before campaign_move[], p_low bigint) RETURNS void LANGUAGE sql AS $$
  WITH moved AS MATERIALIZED (
    SELECT b.campaign, campaign_state_of(b.state, NULL, NULL) AS was,
           campaign_state_of(d.state, m.cdls_status, m.cdls_status_delivery) AS is_now,
           CASE WHEN d.cdls_id IS NULL AND m.cdls_status = 'ERROR' THEN failure_of(m) END AS failure
    FROM unnest(p_before) b JOIN cdls m ON m.cdls_id = b.id AND m.cdls_id >= p_low LEFT JOIN delivery d ON d.cdls_id = b.id
    WHERE leads(b.id)
  )
  INSERT INTO campaign_delta (campaign_id, what, n)
  SELECT s.campaign, s.what, sum(s.n) FROM (
    SELECT campaign, was AS what, -1 AS n FROM moved
    UNION ALL SELECT campaign, is_now, 1 FROM moved
    UNION ALL SELECT campaign, failure, 1 FROM moved WHERE failure IS NOT NULL) s
  GROUP BY s.campaign, s.what HAVING sum(s.n) <> 0;
$$;

-- What a campaign's recipients are doing at this instant: the last fold and what has moved since, in one snapshot.
CREATE FUNCTION campaign_counts(p_campaign bigint) RETURNS TABLE (what text, n bigint) LANGUAGE sql STABLE AS $$
  SELECT c.what, sum(c.n)::bigint FROM (
    SELECT t.what, t.n FROM campaign_tally t WHERE t.campaign_id = p_campaign
    UNION ALL
    SELECT d.what, d.n FROM campaign_delta d WHERE d.campaign_id = p_campaign) c
  GROUP BY c.what HAVING sum(c.n) <> 0;
$$;

-- The next rows of an upload, p_from and before are there already. All of them or none. A recipient who is on the list
-- already stays there once.
--   added     in `added` those who were not on the list yet
--   not_draft the campaign has been started, or is not there
--   elsewhere another request is at this upload, or has ended it
--   too_many  with them the campaign would have more than p_most recipients
CREATE FUNCTION add_recipients(p_campaign bigint, p_upload text, p_from bigint, p_through bigint, p_recipients jsonb,
  p_fault_rows bigint[], p_fault_columns text[], p_fault_reasons text[], p_most bigint)
RETURNS TABLE (verdict text, added bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_last bigint;
  v_rows int := jsonb_array_length(p_recipients);
  v_room bigint;
BEGIN
  SELECT c.last_number INTO v_last FROM campaign c WHERE c.campaign_id = p_campaign AND c.state = 'draft' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'not_draft'::text, 0::bigint;
    RETURN;
  END IF;
  PERFORM 1 FROM campaign_upload u WHERE u.campaign_id = p_campaign AND u.upload = p_upload AND u.rows = p_from AND u.ended_at IS NULL
    FOR UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'elsewhere'::text, 0::bigint;
    RETURN;
  END IF;
  -- Everybody on the list has a number of their own, so only where numbers come near the limit it has to be counted.
  IF v_last + v_rows > p_most THEN
    v_room := p_most - coalesce((SELECT n FROM campaign_counts(p_campaign) WHERE what = 'waiting'), 0);
    IF (SELECT count(DISTINCT r.row ->> 0) FROM jsonb_array_elements(p_recipients) AS r(row)
         WHERE NOT EXISTS (SELECT 1 FROM campaign_recipient a WHERE a.campaign_id = p_campaign AND a.dest = r.row ->> 0)) > v_room THEN
      RETURN QUERY SELECT 'too_many'::text, 0::bigint;
      RETURN;
    END IF;
  END IF;
  INSERT INTO campaign_recipient (campaign_id, number, dest, variables)
    SELECT p_campaign, v_last + r.place, r.row ->> 0, nullif(r.row -> 1, 'null')
    FROM jsonb_array_elements(p_recipients) WITH ORDINALITY AS r(row, place)
    ON CONFLICT (campaign_id, dest) DO NOTHING;
  GET DIAGNOSTICS added = ROW_COUNT;
  UPDATE campaign c SET last_number = v_last + v_rows WHERE c.campaign_id = p_campaign;
  IF added > 0 THEN
    INSERT INTO campaign_delta (campaign_id, what, n) VALUES (p_campaign, 'waiting', added);
  END IF;
  INSERT INTO campaign_upload_fault (campaign_id, upload, row, "column", because)
    SELECT p_campaign, p_upload, f.row, f.col, f.because
    FROM unnest(p_fault_rows, p_fault_columns, p_fault_reasons) AS f(row, col, because)
    LIMIT greatest(0, 1000 - (SELECT u.bad FROM campaign_upload u WHERE u.campaign_id = p_campaign AND u.upload = p_upload))
    ON CONFLICT DO NOTHING;
  UPDATE campaign_upload u SET rows = p_through, recipients = u.recipients + added,
      duplicates = u.duplicates + v_rows - added, bad = u.bad + cardinality(p_fault_rows), broken = NULL
    WHERE u.campaign_id = p_campaign AND u.upload = p_upload;
  verdict := 'added';
  RETURN NEXT;
END $$;

-- Which campaigns want their next recipients made into messages, and how many of each? As many as fill two release windows
-- of their budget, and no more than the campaign's own rate allows by now. One that is nearly full is left alone until it is
-- worth it. Those that wait to be tried again do not stand in the way, until there are a great many of them. Media that
-- everybody gets is uploaded first; where its ids are refused as soon as they are there, it goes without.
CREATE FUNCTION campaigns_to_feed() RETURNS TABLE (
  campaign_id bigint, type text, template text, defaults jsonb, feeds text, fed_through bigint, wanted int) LANGUAGE plpgsql AS $$
DECLARE
  c_most_again CONSTANT int := 2000;
  -- A recipient may be 64 KiB.
  c_most_at_once CONSTANT int := 1000;
  v_now timestamptz := clock_timestamp();
BEGIN
  RETURN QUERY
  SELECT c.campaign_id, c.type, c.template, c.defaults, c.feeds, CASE c.feeds WHEN 'pending' THEN c.fed_to ELSE c.again_to END,
         least(r.room, a.allowance, c_most_at_once)::int
  FROM campaign c JOIN cd_v8_line l USING (v8l_id) JOIN line_gate g USING (v8l_id) JOIN cd_customer u ON u.cdcs_id = c.cdcs_id,
    LATERAL (SELECT CASE WHEN c.type IN ('audio', 'video') THEN l.v8l_media_pace ELSE l.v8l_pace END AS pace) p,
    LATERAL (SELECT CASE WHEN p.pace <= 0 THEN 4000 ELSE least(4000, greatest(40, ceil(4 * p.pace)))::int END AS most) w,
    LATERAL (SELECT least(w.most - count(*) FILTER (WHERE b.due_at <= v_now), w.most + c_most_again - count(*)) AS room FROM (
      SELECT d.due_at FROM delivery d WHERE d.v8l_id = c.v8l_id AND (d.type IN ('audio', 'video')) = (c.type IN ('audio', 'video'))
        AND d.source = c.campaign_id AND d.state = 'backlog' LIMIT w.most + c_most_again) b) r,
    LATERAL (SELECT floor(campaign_allowance(c, v_now)) AS allowance) a
  WHERE c.ended_at IS NULL AND c.state <> 'draft' AND c.state = 'running' AND campaign_sends(c, v_now) AND may_release(l, g, u, v_now)
    AND (shared_media(c) IS NULL OR EXISTS (SELECT 1 FROM page_asset s WHERE s.v8l_id = c.v8l_id AND s.type = c.type
      AND s.digest = shared_media(c) AND (asset_serves(s, c, v_now) OR s.lost > 1)))
    AND r.room >= CASE WHEN a.allowance IS NULL THEN w.most / 8 ELSE 1 END AND coalesce(a.allowance, 1) >= 1;
END $$;

-- How many messages a campaign with a rate of its own may be given now: what has accrued since the last, two seconds' worth
-- at most. NULL: it has no rate.
CREATE FUNCTION campaign_allowance(p_campaign campaign, p_at timestamptz) RETURNS double precision LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p_campaign.rate IS NOT NULL THEN least(greatest(1, 2 * p_campaign.rate),
    p_campaign.allowance + p_campaign.rate * greatest(0, extract(epoch FROM p_at - p_campaign.allowance_at)::float8)) END;
$$;

-- The next recipients of a campaign after p_after, as its `feeds` says; in fed_through how far the list was looked through.
-- At least one row; without a recipient when there was none in that part.
CREATE FUNCTION recipients_to_feed(p_campaign bigint, p_feeds text, p_after bigint, p_wanted int)
RETURNS TABLE (number bigint, dest text, variables jsonb, fed_through bigint, done boolean) LANGUAGE plpgsql AS $$
DECLARE
  c_looked_through CONSTANT int := 20000;
  v_last bigint := (SELECT c.last_number FROM campaign c WHERE c.campaign_id = p_campaign);
  v_count bigint;
BEGIN
  IF p_feeds = 'pending' THEN
    RETURN QUERY SELECT r.number, r.dest, r.variables, r.number, false FROM campaign_recipient r
      WHERE r.campaign_id = p_campaign AND r.number > p_after ORDER BY r.number LIMIT p_wanted;
  ELSE
    RETURN QUERY SELECT r.number, r.dest, r.variables, r.number, false FROM campaign_recipient r JOIN cdls m ON m.cdls_id = r.cdls_id
      WHERE r.campaign_id = p_campaign AND r.number > p_after AND r.number <= p_after + c_looked_through AND m.cdls_status = 'ERROR'
      ORDER BY r.number LIMIT p_wanted;
  END IF;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  IF v_count < p_wanted THEN
    fed_through := CASE p_feeds WHEN 'pending' THEN v_last ELSE least(v_last, p_after + c_looked_through) END;
    done := fed_through >= v_last;
    RETURN NEXT;
  END IF;
END $$;

-- What a campaign is judged from, with so many fewer of these.
CREATE FUNCTION fewer_before(p_judged_from jsonb, p_what text, p_fewer bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT p_judged_from || jsonb_build_object(p_what, coalesce((p_judged_from ->> p_what)::bigint, 0) - p_fewer);
$$;

-- Makes these recipients into messages, marks them, and moves the campaign on, all at once; nothing at all when somebody else
-- has been there before, or when the campaign runs no more. p_texts: what is to be said to each, NULL when nothing can be
-- made for them, for which p_reasons has the reason.
CREATE FUNCTION feed_campaign(p_campaign bigint, p_feeds text, p_after bigint, p_through bigint, p_done boolean,
  p_numbers bigint[], p_texts text[], p_reasons text[])
RETURNS TABLE (line_id bigint, fed bigint) LANGUAGE plpgsql AS $$
DECLARE
  v campaign;
  v_now timestamptz := clock_timestamp();
BEGIN
  SELECT * INTO v FROM campaign c WHERE c.campaign_id = p_campaign AND c.state = 'running' AND c.feeds = p_feeds
    AND CASE p_feeds WHEN 'pending' THEN c.fed_to ELSE c.again_to END = p_after FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  UPDATE campaign c SET fed_to = CASE p_feeds WHEN 'pending' THEN p_through ELSE c.fed_to END,
      again_to = CASE p_feeds WHEN 'pending' THEN c.again_to ELSE p_through END,
      state = CASE WHEN p_done THEN 'finishing' ELSE c.state END,
      allowance = coalesce(campaign_allowance(c, v_now) - cardinality(p_numbers), 0), allowance_at = v_now,
      -- Its error budget counts from the resume, when these had failed already: they get another chance.
      judged_from = CASE p_feeds WHEN 'failed' THEN fewer_before(c.judged_from, 'failed', cardinality(p_numbers)) ELSE c.judged_from END
    WHERE c.campaign_id = p_campaign;

  RETURN QUERY
  WITH made AS MATERIALIZED (
    SELECT nextval('cdls_cdls_id_seq') AS id, r.number, r.dest, r.cdls_id AS earlier, f.text, f.because
    FROM unnest(p_numbers, p_texts, p_reasons) AS f(number, text, because)
    JOIN campaign_recipient r ON r.campaign_id = p_campaign AND r.number = f.number
    -- As when they were read: between two resumes somebody else may have fed them, and be back at the same place.
    WHERE CASE p_feeds WHEN 'pending' THEN r.cdls_id IS NULL AND r.because IS NULL
                       ELSE EXISTS (SELECT 1 FROM cdls e WHERE e.cdls_id = r.cdls_id AND e.cdls_status = 'ERROR') END
    ORDER BY r.number
  ), logged AS (
    INSERT INTO cdls (cdls_id, cdcs_id, v8l_id, cdls_dest, cdls_mtype, cdls_mdata, cdls_lane, cdls_on_unknown, cdls_created_at,
                      cdls_expires_at, cdls_campaign_id)
    SELECT m.id, v.cdcs_id, v.v8l_id, m.dest, v.type, m.text, 'bulk', v.on_unknown, v_now, v_now + v.validity_seconds * interval '1 second',
           p_campaign
    FROM made m WHERE m.text IS NOT NULL
  ), queued AS (
    INSERT INTO delivery (cdls_id, cdcs_id, v8l_id, lane, state, dest, type, source, due_at, expires_at, on_unknown, accepted_at)
    SELECT m.id, v.cdcs_id, v.v8l_id, 'bulk', 'backlog', m.dest, v.type, p_campaign, v_now,
           v_now + v.validity_seconds * interval '1 second', v.on_unknown, v_now
    FROM made m WHERE m.text IS NOT NULL ORDER BY m.id
  ), marked AS (
    UPDATE campaign_recipient r SET cdls_id = CASE WHEN m.text IS NULL THEN r.cdls_id ELSE m.id END, because = m.because
    FROM made m WHERE r.campaign_id = p_campaign AND r.number = m.number
  ), counted AS (
    INSERT INTO campaign_delta (campaign_id, what, n)
    SELECT p_campaign, s.what, sum(s.n) FROM (
      SELECT CASE p_feeds WHEN 'pending' THEN 'waiting' ELSE 'failed' END AS what, -1 AS n FROM made
      UNION ALL SELECT failure_of(e), -1 FROM made m JOIN cdls e ON e.cdls_id = m.earlier WHERE p_feeds = 'failed'
      UNION ALL SELECT CASE WHEN m.text IS NULL THEN 'invalid' ELSE 'queued' END, 1 FROM made m
      UNION ALL SELECT 'invalid|' || m.because, 1 FROM made m WHERE m.text IS NULL) s
    GROUP BY s.what
  ), accepted AS (
    INSERT INTO history_delta (what, n) SELECT 'accepted campaign', count(*) FROM made m WHERE m.text IS NOT NULL HAVING count(*) > 0
  )
  SELECT v.v8l_id, (SELECT count(*) FROM made);
END $$;

-- Sends again what was unknown when the campaign was resumed for its unknowns, p_limit at most. False when there is no more.
CREATE FUNCTION requeue_unknown(p_campaign bigint, p_limit int) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_count bigint;
  v_now timestamptz := clock_timestamp();
BEGIN
  PERFORM 1 FROM campaign c WHERE c.campaign_id = p_campaign AND c.state = 'running' AND c.feeds = 'unknown' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  WITH again AS (
    UPDATE delivery d SET state = 'backlog', due_at = clock_timestamp(), unknown_at = NULL,
        expires_at = greatest(d.expires_at, clock_timestamp() + interval '1 day')
      FROM (SELECT o.cdls_id FROM delivery o JOIN campaign c ON c.campaign_id = o.source
             WHERE o.state = 'unknown' AND o.source <> 0 AND o.source = p_campaign AND o.unknown_at < c.resumed_at
             ORDER BY o.cdls_id LIMIT p_limit FOR UPDATE OF o) mine
      WHERE d.cdls_id = mine.cdls_id RETURNING d.cdls_id, d.expires_at
  ), said AS (
    UPDATE cdls m SET cdls_status = 'PENDING', cdls_status_delivery = 'sent again: its outcome was unknown', cdls_expires_at = again.expires_at
      FROM again WHERE m.cdls_id = again.cdls_id
  )
  SELECT count(*) INTO v_count FROM again;
  IF v_count = 0 THEN
    UPDATE campaign c SET state = 'finishing' WHERE c.campaign_id = p_campaign;
    RETURN false;
  END IF;
  UPDATE campaign c SET allowance = coalesce(campaign_allowance(c, v_now) - v_count, 0), allowance_at = v_now,
      judged_from = fewer_before(c.judged_from, 'unknown', v_count)
    WHERE c.campaign_id = p_campaign;
  INSERT INTO campaign_delta (campaign_id, what, n) VALUES (p_campaign, 'unknown', -v_count), (p_campaign, 'queued', v_count);
  RETURN true;
END $$;

-- Ends the messages of canceled campaigns that have not been handed to Graph, about p_limit at most; how many there were.
CREATE FUNCTION end_canceled(p_limit int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v campaign;
  v_ids bigint[] := '{}';
BEGIN
  FOR v IN SELECT * FROM campaign c WHERE c.ended_at IS NULL AND c.state <> 'draft' AND c.state = 'canceled' LOOP
    v_ids := v_ids || ARRAY(
      SELECT d.cdls_id FROM delivery d
        WHERE d.v8l_id = v.v8l_id AND (d.type IN ('audio', 'video')) = (v.type IN ('audio', 'video'))
          AND d.source = v.campaign_id AND d.state = 'backlog' LIMIT p_limit FOR UPDATE SKIP LOCKED
    ) || ARRAY(
      SELECT d.cdls_id FROM delivery d
        WHERE d.v8l_id = v.v8l_id AND d.source = v.campaign_id AND d.lane = 'bulk' AND d.state IN ('released', 'sending')
          AND d.state = 'released' LIMIT p_limit FOR UPDATE SKIP LOCKED);
    EXIT WHEN cardinality(v_ids) >= p_limit;
  END LOOP;
  IF v_ids <> '{}' THEN
    PERFORM end_unsent(v_ids, 'CANCELED', 0, 'canceled');
  END IF;
  RETURN cardinality(v_ids);
END $$;

-- Cancels a campaign: whoever is still waiting on its list will not hear from it. False when it has ended, or is not there.
CREATE FUNCTION cancel_campaign(p_customer bigint, p_campaign bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_waiting bigint;
BEGIN
  -- Whoever feeds it holds this row until what it has counted is to be seen.
  UPDATE campaign c SET state = 'canceled', because = NULL
    WHERE c.campaign_id = p_campaign AND c.cdcs_id = p_customer
      AND c.state IN ('draft', 'scheduled', 'running', 'paused', 'stopped', 'finishing');
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  SELECT n INTO v_waiting FROM campaign_counts(p_campaign) WHERE what = 'waiting';
  IF v_waiting > 0 THEN
    INSERT INTO campaign_delta (campaign_id, what, n) VALUES (p_campaign, 'waiting', -v_waiting), (p_campaign, 'canceled', v_waiting);
  END IF;
  RETURN true;
END $$;

-- What has moved since the last fold: by how much in all, and how often upwards.
CREATE TYPE campaign_sum AS (campaign bigint, what text, n bigint, ups bigint);

-- Adds up what has moved since the last fold, and judges every campaign at work by it: whether it is time to start, has
-- ended, or has to stop. One process at a time; returns what was decided.
CREATE FUNCTION fold_campaigns() RETURNS TABLE (campaign_id bigint, state text, because text) LANGUAGE plpgsql AS $$
DECLARE
  -- A refusal that comes so often in a row, with nothing sent between, will come again.
  c_storm CONSTANT int := 50;
  -- Of fewer outcomes a share says nothing.
  c_fewest_outcomes CONSTANT int := 100;
  v_sums campaign_sum[];
  v_now timestamptz;
  v campaign;
  v_counts jsonb;
  v_sent bigint;
  v_storm campaign_sum;
  v_open bigint;
  v_resends boolean;
  v_failed bigint;
  v_ended bigint;
  v_unknown bigint;
  v_seconds double precision;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7267, 0) THEN
    RETURN;
  END IF;
  WITH gone AS (
    -- A fold that was away for long goes on where it was, in steps that do not last.
    DELETE FROM campaign_delta d WHERE d.id IN (SELECT o.id FROM campaign_delta o ORDER BY o.id LIMIT 50000)
      RETURNING d.campaign_id, d.what, d.n
  ), summed AS (
    SELECT g.campaign_id, g.what, sum(g.n)::bigint AS n, coalesce(sum(g.n) FILTER (WHERE g.n > 0), 0)::bigint AS ups
    FROM gone g GROUP BY g.campaign_id, g.what
  ), told AS (
    INSERT INTO campaign_tally AS t (campaign_id, what, n) SELECT s.campaign_id, s.what, s.n FROM summed s WHERE s.n <> 0
      ON CONFLICT ON CONSTRAINT campaign_tally_pkey DO UPDATE SET n = t.n + excluded.n
  )
  SELECT array_agg(ROW(s.campaign_id, s.what, s.n, s.ups)::campaign_sum) INTO v_sums FROM summed s;
  v_now := clock_timestamp();
  -- A message may come back to life when all had ended: a worker that was given up settles late, an operator sends it again.
  UPDATE campaign c SET state = CASE c.state WHEN 'finished' THEN 'finishing' ELSE c.state END, ended_at = NULL
    WHERE c.ended_at IS NOT NULL AND c.campaign_id IN (SELECT s.campaign FROM unnest(v_sums) s WHERE s.what = 'queued' AND s.ups > 0)
      AND EXISTS (SELECT 1 FROM campaign_counts(c.campaign_id) n WHERE n.what IN ('queued', 'sending') AND n.n > 0);

  -- Those that rest are left to whoever wants to move them.
  FOR v IN SELECT * FROM campaign c WHERE c.ended_at IS NULL AND c.state <> 'draft'
      AND (c.state IN ('scheduled', 'running', 'finishing', 'canceled') OR c.rate_now >= 0.01
           OR c.campaign_id IN (SELECT s.campaign FROM unnest(v_sums) s))
    ORDER BY c.campaign_id FOR NO KEY UPDATE LOOP
    -- Asked before the counts: what is sent again meanwhile is in them.
    v_resends := EXISTS (SELECT 1 FROM delivery d
      WHERE d.state = 'unknown' AND d.on_unknown = 'resend' AND d.source <> 0 AND d.source = v.campaign_id);
    -- Whoever moved this row has committed, and with it what it counted: asked now, not when the deltas were added up.
    SELECT coalesce(jsonb_object_agg(s.what, s.n), '{}') INTO v_counts FROM campaign_counts(v.campaign_id) s;
    SELECT coalesce(sum(s.n), 0) INTO v_sent FROM unnest(v_sums) s WHERE s.campaign = v.campaign_id AND s.what = 'sent';
    -- Refused by somebody: what has no code was never asked, or nobody answered.
    SELECT s.* INTO v_storm FROM unnest(v_sums) s
      WHERE s.campaign = v.campaign_id AND s.what LIKE 'failed|%' AND s.what NOT LIKE 'failed||%' AND s.ups > 0
      ORDER BY s.ups DESC LIMIT 1;
    v_open := coalesce((v_counts ->> 'queued')::bigint, 0) + coalesce((v_counts ->> 'sending')::bigint, 0);
    v_unknown := coalesce((v_counts ->> 'unknown')::bigint, 0) - coalesce((v.judged_from ->> 'unknown')::bigint, 0);
    v_failed := coalesce((v_counts ->> 'failed')::bigint, 0) - coalesce((v.judged_from ->> 'failed')::bigint, 0);
    v_ended := v_failed + coalesce((v_counts ->> 'sent')::bigint, 0) - coalesce((v.judged_from ->> 'sent')::bigint, 0);
    IF v_sent > 0 THEN
      v.storm_of := NULL; v.storm_count := 0;
    ELSIF v_storm.what IS NOT NULL THEN
      v.storm_count := v_storm.ups + CASE WHEN v.storm_of = v_storm.what THEN v.storm_count ELSE 0 END;
      v.storm_of := v_storm.what;
    END IF;

    state := NULL; because := NULL;
    IF v.state = 'scheduled' AND v.starts_at <= v_now THEN
      state := 'running';
    ELSIF (v.state = 'running' OR v.state = 'finishing' AND v_open > 0) AND v.date_end < (v_now AT TIME ZONE v.time_zone)::date THEN
      state := 'stopped'; because := 'its last day is over';
    ELSIF v.state IN ('running', 'finishing') AND v.storm_count >= c_storm THEN
      state := 'stopped';
      because := 'misconfigured: ' || v.storm_count || ' recipients in a row were refused for the same reason: ' || split_part(v.storm_of, '|', 3)
        || CASE split_part(v.storm_of, '|', 2) WHEN '' THEN '' ELSE ' (code ' || split_part(v.storm_of, '|', 2) || ')' END;
    ELSIF v.state IN ('running', 'finishing') AND v_ended >= c_fewest_outcomes AND v_failed * 100 > v.most_failed_percent * v_ended THEN
      state := 'stopped'; because := v_failed || ' of ' || v_ended || ' failed, more than ' || v.most_failed_percent || ' %';
    ELSIF v.state IN ('running', 'finishing') AND v_unknown > v.most_unknown THEN
      state := 'stopped'; because := v_unknown || ' outcomes are unknown, more than ' || v.most_unknown;
    ELSIF v.state = 'finishing' AND v_open = 0 AND NOT v_resends THEN
      state := CASE WHEN v.fed_to < v.last_number THEN 'paused' ELSE 'finished' END;
      because := CASE state WHEN 'paused' THEN 'only the ' || v.feeds || ' ones were to be sent again' END;
    END IF;

    -- Most of them rest.
    CONTINUE WHEN state IS NULL AND v_sent = 0 AND v_storm.what IS NULL AND v.rate_now < 0.01 AND NOT (v.state = 'canceled' AND v_open = 0);
    v_seconds := CASE WHEN v.rate_at BETWEEN v_now - interval '5 seconds' AND v_now - interval '1 millisecond'
                      THEN extract(epoch FROM v_now - v.rate_at)::float8 ELSE 1 END;
    UPDATE campaign c SET storm_of = v.storm_of, storm_count = v.storm_count,
        first_sent_at = CASE WHEN v_sent > 0 THEN coalesce(c.first_sent_at, v_now) ELSE c.first_sent_at END,
        last_sent_at = CASE WHEN v_sent > 0 THEN v_now ELSE c.last_sent_at END,
        -- A mean over about ten seconds.
        rate_now = CASE WHEN fold_campaigns.state = 'finished' OR (c.state = 'canceled' AND v_open = 0) THEN 0
                        ELSE c.rate_now + (1 - exp(-v_seconds / 10)) * (v_sent / v_seconds - c.rate_now) END, rate_at = v_now,
        state = coalesce(fold_campaigns.state, c.state), because = CASE WHEN fold_campaigns.state IS NULL THEN c.because ELSE fold_campaigns.because END,
        started_at = CASE fold_campaigns.state WHEN 'running' THEN v_now ELSE c.started_at END,
        ended_at = CASE WHEN fold_campaigns.state = 'finished' OR (c.state = 'canceled' AND v_open = 0) THEN v_now END
      WHERE c.campaign_id = v.campaign_id;
    IF state IS NOT NULL THEN
      campaign_id := v.campaign_id;
      RETURN NEXT;
    END IF;
  END LOOP;
END $$;
