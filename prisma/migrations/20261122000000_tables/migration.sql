-- The documented tables, under the documented names.

CREATE TABLE "cd_customer" (
    "cdcs_id" BIGSERIAL NOT NULL,
    "cdcs_name" TEXT NOT NULL,
    "cdcs_active" BOOLEAN NOT NULL DEFAULT true,
    "cdcs_tokens_blockeds" BOOLEAN NOT NULL DEFAULT false,
    "cdcs_created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "cd_customer_pkey" PRIMARY KEY ("cdcs_id")
);

CREATE TABLE "cd_customer_user" (
    "cdcu_id" BIGSERIAL NOT NULL,
    "cdcs_id" BIGINT NOT NULL,
    "cdcu_username" TEXT NOT NULL,
    "cdcu_password_hash" TEXT NOT NULL,
    "cdcu_active" BOOLEAN NOT NULL DEFAULT true,
    "cdcu_created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "cd_customer_user_pkey" PRIMARY KEY ("cdcu_id"),
    CONSTRAINT "cd_customer_user_cdcs_id_fkey" FOREIGN KEY ("cdcs_id") REFERENCES "cd_customer" ("cdcs_id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "cd_customer_user_by_name" ON "cd_customer_user" ("cdcu_username");
CREATE INDEX "cd_customer_user_of_customer" ON "cd_customer_user" ("cdcs_id");

CREATE TABLE "cd_psid" (
    "psid_id" BIGSERIAL NOT NULL,
    "cdcs_id" BIGINT NOT NULL,
    "psid_hash" BYTEA NOT NULL,
    "psid_name" TEXT NOT NULL,
    "psid_may_send" BOOLEAN NOT NULL DEFAULT true,
    "psid_created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "psid_expires_at" TIMESTAMPTZ(3),
    "psid_revoked_at" TIMESTAMPTZ(3),
    CONSTRAINT "cd_psid_pkey" PRIMARY KEY ("psid_id"),
    CONSTRAINT "cd_psid_cdcs_id_fkey" FOREIGN KEY ("cdcs_id") REFERENCES "cd_customer" ("cdcs_id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "cd_psid_by_hash" ON "cd_psid" ("psid_hash");
CREATE INDEX "cd_psid_of_customer" ON "cd_psid" ("cdcs_id");

CREATE TABLE "cd_ip" (
    "cdip_id" BIGSERIAL NOT NULL,
    "cdcs_id" BIGINT NOT NULL,
    "cdip_network" TEXT NOT NULL,
    "cdip_created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "cd_ip_pkey" PRIMARY KEY ("cdip_id"),
    CONSTRAINT "cd_ip_cdcs_id_fkey" FOREIGN KEY ("cdcs_id") REFERENCES "cd_customer" ("cdcs_id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "cd_ip_of_customer" ON "cd_ip" ("cdcs_id", "cdip_network");

CREATE TABLE "cd_ip_blacklist" (
    "cdib_address" TEXT NOT NULL,
    "cdib_reason" TEXT NOT NULL,
    "cdib_created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "cd_ip_blacklist_pkey" PRIMARY KEY ("cdib_address")
);

CREATE TABLE "login_trial" (
    "key" VARCHAR(255) NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,
    CONSTRAINT "login_trial_pkey" PRIMARY KEY ("key")
);
CREATE INDEX "login_trial_expired" ON "login_trial" ("expire");

-- Who may open the console. Nobody is ever deleted: the audit names them.
CREATE TABLE "operator" (
    "operator_id" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),
    CONSTRAINT "operator_pkey" PRIMARY KEY ("operator_id"),
    CONSTRAINT "operator_role_check" CHECK ("role" IN ('viewer', 'operator', 'admin'))
);
CREATE UNIQUE INDEX "operator_by_name" ON "operator" ("name");

CREATE TABLE "operator_session" (
    "session_hash" BYTEA NOT NULL,
    "operator_id" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "address" TEXT NOT NULL,
    CONSTRAINT "operator_session_pkey" PRIMARY KEY ("session_hash"),
    CONSTRAINT "operator_session_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operator" ("operator_id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "operator_session_of_operator" ON "operator_session" ("operator_id");

-- Who did what, when and from where. Only ever added to.
CREATE TABLE "audit" (
    "audit_id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "who" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "object" TEXT,
    "how_many" INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT "audit_pkey" PRIMARY KEY ("audit_id")
);
CREATE INDEX "audit_by_time" ON "audit" ("at" DESC, "audit_id" DESC);
CREATE INDEX "audit_of_who" ON "audit" ("who", "at" DESC, "audit_id" DESC);
CREATE INDEX "audit_of_action" ON "audit" ("action", "at" DESC, "audit_id" DESC);

CREATE TABLE "cd_v8_line" (
    "v8l_id" BIGSERIAL NOT NULL,
    "cdcs_id" BIGINT NOT NULL,
    "v8l_class" TEXT NOT NULL DEFAULT 'messenger',
    "v8l_active" BOOLEAN NOT NULL DEFAULT true,
    "v8l_name" TEXT NOT NULL DEFAULT '',
    "v8l_wa_api_key" TEXT NOT NULL DEFAULT '',
    "v8l_fb_page_id" TEXT NOT NULL DEFAULT '',
    "v8l_fb_app_id" TEXT,
    "v8l_fb_app_secret" TEXT,
    "v8l_pace" DOUBLE PRECISION NOT NULL DEFAULT 40,
    "v8l_media_pace" DOUBLE PRECISION NOT NULL DEFAULT 8,
    "v8l_validity_seconds" INTEGER NOT NULL DEFAULT 86400,
    "v8l_on_unknown" TEXT NOT NULL DEFAULT 'hold',
    "v8l_paused_at" TIMESTAMPTZ(3),
    "v8l_parked_at" TIMESTAMPTZ(3),
    "v8l_parked_until" TIMESTAMPTZ(3),
    "v8l_parked_reason" TEXT,
    "v8l_parked_code" INTEGER,
    "v8l_parked_mend" TEXT,
    "v8l_created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "cd_v8_line_pkey" PRIMARY KEY ("v8l_id"),
    CONSTRAINT "cd_v8_line_cdcs_id_fkey" FOREIGN KEY ("cdcs_id") REFERENCES "cd_customer" ("cdcs_id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "cd_v8_line_pace_check" CHECK (("v8l_pace" = 0 OR "v8l_pace" BETWEEN 0.001 AND 300) AND ("v8l_media_pace" = 0 OR "v8l_media_pace" BETWEEN 0.001 AND 300)),
    CONSTRAINT "cd_v8_line_on_unknown_check" CHECK ("v8l_on_unknown" IN ('hold', 'resend')),
    CONSTRAINT "cd_v8_line_parked_mend_check" CHECK ("v8l_parked_mend" IN ('operator', 'token', 'time'))
);
CREATE INDEX "cd_v8_line_of_customer" ON "cd_v8_line" ("cdcs_id");
CREATE INDEX "cd_v8_line_of_app" ON "cd_v8_line" ("v8l_fb_app_id");

CREATE TABLE "line_gate" (
    "v8l_id" BIGINT NOT NULL,
    "text_next_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "media_next_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "active_at" TIMESTAMPTZ(6),
    "blocked_until" TIMESTAMPTZ(6),
    "blocked_because" TEXT,
    "pace_share" DOUBLE PRECISION NOT NULL DEFAULT 1,
    "pace_share_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "pace_because" TEXT,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "trial_at" TIMESTAMPTZ(6),
    "trial_wait_s" INTEGER,
    "health_at" TIMESTAMPTZ(6),
    "held_until" TIMESTAMPTZ(6),
    "held_now" INTEGER,
    "held_bulk" INTEGER,
    "probe_at" TIMESTAMPTZ(6),
    "suspects" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "turns_minute" TIMESTAMPTZ(6),
    "text_turns" INTEGER NOT NULL DEFAULT 0,
    "media_turns" INTEGER NOT NULL DEFAULT 0,
    "text_turns_before" INTEGER NOT NULL DEFAULT 0,
    "media_turns_before" INTEGER NOT NULL DEFAULT 0,
    "text_given" BIGINT NOT NULL DEFAULT 0,
    "media_given" BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT "line_gate_pkey" PRIMARY KEY ("v8l_id"),
    CONSTRAINT "line_gate_v8l_id_fkey" FOREIGN KEY ("v8l_id") REFERENCES "cd_v8_line" ("v8l_id") ON DELETE CASCADE ON UPDATE CASCADE
) WITH (fillfactor = 50);
-- Every worker asks each second: which tokens are to be probed? Nearly always: none.
CREATE INDEX "line_gate_probe" ON "line_gate" ("probe_at") WHERE "probe_at" IS NOT NULL;

-- In partitions by ranges of its number, which make_partition makes and drop_log_partition drops.
CREATE TABLE "cdls" (
    "cdls_id" BIGSERIAL NOT NULL,
    "cdcs_id" BIGINT NOT NULL,
    "v8l_id" BIGINT NOT NULL,
    "cdls_dest" TEXT NOT NULL,
    "cdls_mtype" TEXT NOT NULL,
    "cdls_mdata" TEXT NOT NULL,
    "cdls_mcaption" TEXT,
    "cdls_msg_id" TEXT,
    "cdls_lane" TEXT NOT NULL,
    "cdls_on_unknown" TEXT NOT NULL DEFAULT 'hold',
    "cdls_status" TEXT NOT NULL DEFAULT 'PENDING',
    "cdls_return_code" INTEGER,
    "cdls_return_id" TEXT,
    "cdls_return_log" TEXT,
    "cdls_status_delivery" TEXT,
    "cdls_attempts" INTEGER NOT NULL DEFAULT 0,
    "cdls_created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cdls_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "cdls_settled_at" TIMESTAMPTZ(3),
    "cdls_campaign_id" BIGINT,
    CONSTRAINT "cdls_pkey" PRIMARY KEY ("cdls_id"),
    CONSTRAINT "cdls_status_check" CHECK ("cdls_status" IN ('PENDING', 'OK', 'ERROR', 'WR', 'CANCELED'))
) PARTITION BY RANGE ("cdls_id");
CREATE INDEX "cdls_list_of_customer" ON "cdls" ("cdcs_id", "cdls_id" DESC);
-- A line, and a campaign, has one customer. The others are asked by operators, too, who do not know whose a message is.
CREATE INDEX "cdls_list_of_line" ON "cdls" ("v8l_id", "cdls_id");
CREATE INDEX "cdls_list_of_dest" ON "cdls" ("cdls_dest", "cdcs_id", "cdls_id");
CREATE INDEX "cdls_list_of_msg_id" ON "cdls" ("cdls_msg_id", "cdcs_id", "cdls_id") WHERE "cdls_msg_id" IS NOT NULL;
CREATE INDEX "cdls_list_of_campaign" ON "cdls" ("cdls_campaign_id", "cdls_id") WHERE "cdls_campaign_id" IS NOT NULL;

-- Which message has this id at Meta? Beside the log, whose update at settle must touch no index, and in partitions as it is.
-- `hash` is `meta_id_hash`.
CREATE TABLE "meta_message_id" (
    "hash" BIGINT NOT NULL,
    "cdls_id" BIGINT NOT NULL,
    CONSTRAINT "meta_message_id_pkey" PRIMARY KEY ("hash", "cdls_id")
) PARTITION BY RANGE ("cdls_id");

CREATE TABLE "unsent_message" (
    "cdcs_id" BIGINT NOT NULL,
    "cdls_status" TEXT NOT NULL,
    "cdls_id" BIGINT NOT NULL,
    "v8l_id" BIGINT NOT NULL,
    "campaign_id" BIGINT,
    "error_class" TEXT,
    CONSTRAINT "unsent_message_pkey" PRIMARY KEY ("cdcs_id", "cdls_status", "cdls_id")
);
CREATE INDEX "unsent_message_of_status" ON "unsent_message" ("cdls_status", "cdls_id");
CREATE INDEX "unsent_message_of_line" ON "unsent_message" ("v8l_id", "cdls_id");
CREATE INDEX "unsent_message_of_campaign" ON "unsent_message" ("campaign_id", "cdls_id") WHERE "campaign_id" IS NOT NULL;
CREATE INDEX "unsent_message_of_class" ON "unsent_message" ("error_class", "cdls_id") WHERE "error_class" IS NOT NULL;

-- Which message an operator had sent once more, and as which. Each at most once.
CREATE TABLE "message_replay" (
    "cdls_id" BIGINT NOT NULL,
    "replay_id" BIGINT NOT NULL,
    CONSTRAINT "message_replay_pkey" PRIMARY KEY ("cdls_id")
);
CREATE UNIQUE INDEX "message_replay_of_replay" ON "message_replay" ("replay_id");

-- What an operator has ordered for all messages that a search finds. `before_id` is how far it has come, from the newest down.
CREATE TABLE "bulk_action" (
    "bulk_action_id" BIGSERIAL NOT NULL,
    "form" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "search" JSONB NOT NULL,
    "who" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'running',
    "counted" INTEGER NOT NULL,
    "counted_all" BOOLEAN NOT NULL,
    "through_id" BIGINT NOT NULL,
    "before_id" BIGINT NOT NULL,
    "done" INTEGER NOT NULL DEFAULT 0,
    "skipped" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "verdicts" JSONB NOT NULL DEFAULT '{}',
    "trouble" TEXT,
    "confirmed_at" TIMESTAMPTZ(6) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    CONSTRAINT "bulk_action_pkey" PRIMARY KEY ("bulk_action_id"),
    CONSTRAINT "bulk_action_kind_check" CHECK ("kind" IN ('replay', 'cancel', 'settle_not_sent', 'send_again')),
    CONSTRAINT "bulk_action_state_check" CHECK ("state" IN ('running', 'finished', 'stopped'))
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX "bulk_action_once" ON "bulk_action" ("form");
-- Every worker asks each moment: is anything ordered?
CREATE INDEX "bulk_action_at_work" ON "bulk_action" ("bulk_action_id") WHERE "state" = 'running';

CREATE TABLE "delivery" (
    "cdls_id" BIGINT NOT NULL,
    "cdcs_id" BIGINT NOT NULL,
    "v8l_id" BIGINT NOT NULL,
    "lane" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "dest" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "source" BIGINT NOT NULL DEFAULT 0,
    "position" BIGSERIAL NOT NULL,
    "due_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "lease_until" TIMESTAMPTZ(6),
    "unknown_at" TIMESTAMPTZ(6),
    "release_number" INTEGER NOT NULL DEFAULT 0,
    "released_at" TIMESTAMPTZ(6),
    "place" BIGINT,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "on_unknown" TEXT NOT NULL,
    "guards_window" BOOLEAN NOT NULL DEFAULT false,
    "origin" TEXT,
    "traceparent" TEXT,
    "accepted_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "delivery_pkey" PRIMARY KEY ("cdls_id"),
    CONSTRAINT "delivery_lane_check" CHECK ("lane" IN ('now', 'bulk')),
    CONSTRAINT "delivery_state_check" CHECK ("state" IN ('backlog', 'released', 'sending', 'unknown'))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0.05);
-- The recipient comes first: with the line first the planner of an empty table takes the line alone for enough.
CREATE INDEX "delivery_order_of_recipient" ON "delivery" ("dest", "v8l_id", "lane", "position");
CREATE INDEX "delivery_list_of_customer" ON "delivery" ("cdcs_id", "cdls_id" DESC);
-- Release asks: what comes next on this line, and of whom? And: which lines have a backlog at all?
CREATE INDEX "delivery_backlog_of_line" ON "delivery" ("v8l_id", ("type" IN ('audio', 'video')), "source", "position") WHERE "state" = 'backlog';
-- Release asks: how much of the release window is in use, and by whom?
CREATE INDEX "delivery_window_of_line" ON "delivery" ("v8l_id", "source") WHERE "lane" = 'bulk' AND "state" IN ('released', 'sending');
-- The sweep asks: which released messages should have been taken by now?
CREATE INDEX "delivery_overdue" ON "delivery" ("lane", "due_at") WHERE "state" = 'released';
-- The sweep asks: whose worker is gone?
CREATE INDEX "delivery_lease_over" ON "delivery" ("lease_until") WHERE "state" = 'sending';
-- The sweep asks: which unknowns may be sent again, or need a person?
CREATE INDEX "delivery_unknown" ON "delivery" ("unknown_at") WHERE "state" = 'unknown';
-- Operators ask: which are they, the newest first?
CREATE INDEX "delivery_list_of_unknown" ON "delivery" ("cdls_id") WHERE "state" = 'unknown';
-- The sweep asks: which of them are to be sent again?
CREATE INDEX "delivery_resend" ON "delivery" ("unknown_at") WHERE "state" = 'unknown' AND "on_unknown" = 'resend';
-- Whoever finishes a campaign, or resumes it for its unknowns, asks: which of its messages are unknown?
CREATE INDEX "delivery_unknown_of_campaign" ON "delivery" ("source") WHERE "state" = 'unknown' AND "source" <> 0;
-- The sweep asks: which messages expired while they waited?
CREATE INDEX "delivery_expired" ON "delivery" ("expires_at") WHERE "state" IN ('backlog', 'released');
-- Accept asks: how many synchronous messages wait on this line for a turn of the same budget, and are due before this caller stops waiting?
-- Only a question with the same IS TRUE matches it, and matches no other: else the planner takes delivery_overdue, which has
-- every line in it, as soon as its statistics say that nobody waits.
CREATE INDEX "delivery_waiting_of_line" ON "delivery" ("v8l_id", "type", "due_at") WHERE ("lane" = 'now' AND "state" = 'released') IS TRUE;
-- One send in flight per recipient and line.
CREATE UNIQUE INDEX "delivery_in_flight" ON "delivery" ("v8l_id", "dest") WHERE "state" = 'sending';

-- In partitions as the log is: the attempts of a message go when it goes.
CREATE TABLE "attempt" (
    "cdls_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "worker" TEXT NOT NULL,
    "released_at" TIMESTAMPTZ(6),
    "opened_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "turn_at" TIMESTAMPTZ(6) NOT NULL,
    "closed_at" TIMESTAMPTZ(6),
    "outcome" TEXT,
    "error_class" TEXT,
    "http_status" INTEGER,
    "code" INTEGER,
    "subcode" INTEGER,
    "fbtrace_id" TEXT,
    "text" TEXT,
    "connected_ms" INTEGER,
    "written_ms" INTEGER,
    "answered_ms" INTEGER,
    "total_ms" INTEGER,
    CONSTRAINT "attempt_pkey" PRIMARY KEY ("cdls_id", "number")
) PARTITION BY RANGE ("cdls_id");

CREATE TABLE "idempotency_key" (
    "cdcs_id" BIGINT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "cdls_id" BIGINT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("cdcs_id", "key")
);
CREATE INDEX "idempotency_key_expired" ON "idempotency_key" ("expires_at");

CREATE TABLE "duplicate_window" (
    "v8l_id" BIGINT NOT NULL,
    "digest" BYTEA NOT NULL,
    "cdls_id" BIGINT NOT NULL,
    "accepted_at" TIMESTAMPTZ(6) NOT NULL,
    CONSTRAINT "duplicate_window_pkey" PRIMARY KEY ("v8l_id", "digest")
);
CREATE INDEX "duplicate_window_of_message" ON "duplicate_window" ("cdls_id");
CREATE INDEX "duplicate_window_expired" ON "duplicate_window" ("accepted_at");

-- How much waits on each line that has a backlog, as of the last count.
CREATE TABLE "line_backlog" (
    "v8l_id" BIGINT NOT NULL,
    "messages" BIGINT NOT NULL,
    "oldest_at" TIMESTAMPTZ(6) NOT NULL,
    "oldest_due_at" TIMESTAMPTZ(6),
    "counted_at" TIMESTAMPTZ(6) NOT NULL,
    "due_messages" BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT "line_backlog_pkey" PRIMARY KEY ("v8l_id")
) WITH (fillfactor = 50);

-- When each line was last looked at by release: whoever had its turn longest ago is next. Only release asks and writes,
-- one process at a time.
CREATE TABLE "line_turn" (
    "v8l_id" BIGINT NOT NULL,
    "looked_at" TIMESTAMPTZ(6) NOT NULL,
    CONSTRAINT "line_turn_pkey" PRIMARY KEY ("v8l_id")
) WITH (fillfactor = 50);

-- When the backlog was counted, and how long that took: it says when it may be counted again.
CREATE TABLE "backlog_count" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "counted_at" TIMESTAMPTZ(6) NOT NULL DEFAULT '-infinity',
    "took_ms" DOUBLE PRECISION NOT NULL DEFAULT 0,
    CONSTRAINT "backlog_count_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "backlog_count_id_check" CHECK ("id")
) WITH (fillfactor = 50);
INSERT INTO "backlog_count" DEFAULT VALUES;

-- What has been accepted, settled, refused and become unknown since the last fold: one row per statement and kind.
CREATE TABLE "history_delta" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp(),
    "what" TEXT NOT NULL,
    "n" BIGINT NOT NULL,
    CONSTRAINT "history_delta_pkey" PRIMARY KEY ("id")
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- The same, added up: by minutes for two days, by hours for forty.
CREATE TABLE "history_count" (
    "span" TEXT NOT NULL,
    "at" TIMESTAMPTZ(0) NOT NULL,
    "what" TEXT NOT NULL,
    "n" BIGINT NOT NULL,
    CONSTRAINT "history_count_pkey" PRIMARY KEY ("span", "at", "what"),
    CONSTRAINT "history_count_span_check" CHECK ("span" IN ('minute', 'hour'))
) WITH (fillfactor = 50);

-- What cannot be counted by what moves: as it was found once in this minute, and at its worst in this hour.
CREATE TABLE "history_sample" (
    "span" TEXT NOT NULL,
    "at" TIMESTAMPTZ(0) NOT NULL,
    "backlog" BIGINT NOT NULL,
    "released_now" INTEGER NOT NULL,
    "released_bulk" INTEGER NOT NULL,
    "oldest_age_s" DOUBLE PRECISION NOT NULL,
    "unknown" INTEGER NOT NULL,
    "lines_parked" INTEGER NOT NULL,
    "workers_alive" INTEGER NOT NULL,
    CONSTRAINT "history_sample_pkey" PRIMARY KEY ("span", "at"),
    CONSTRAINT "history_sample_span_check" CHECK ("span" IN ('minute', 'hour'))
) WITH (fillfactor = 50);

-- Who is running, as each says of itself every few seconds; gone when it stops, or an hour after its last word.
CREATE TABLE "process" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,
    "doing" JSONB NOT NULL,
    CONSTRAINT "process_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "process_kind_check" CHECK ("kind" IN ('api', 'worker', 'console'))
) WITH (fillfactor = 50);

CREATE TABLE "changes" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "counter" BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT "changes_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "changes_id_check" CHECK ("id")
);
INSERT INTO "changes" DEFAULT VALUES;
