import type { ProbeChange, ProbeVerdict } from '@pombo/domain/probe-verdict.ts';
import type { Database } from './database.ts';
import { parkFor } from './parking.ts';

/** A line whose token somebody should ask Graph about. */
export interface Probe {
  lineId: string;
  sealedToken: string;
  sealedAppSecret: string | null;
  /** It is parked until its token works; otherwise somebody only has a doubt. */
  waitsForToken: boolean;
}

const probeColumns = `l.v8l_id AS "lineId", l.v8l_wa_api_key AS "sealedToken", l.v8l_fb_app_secret AS "sealedAppSecret",
  (l.v8l_parked_at IS NOT NULL AND l.v8l_parked_mend IS NOT DISTINCT FROM 'token') AS "waitsForToken"`;

/**
 * Lines whose probe is due, at most `limit`, each given to one process. A line that waits for its token is asked about
 * a minute after it was parked, then 5, 15 and every 60 minutes later; a line in doubt once, because its next
 * refusals decide anyway.
 */
export function takeProbes(database: Database, limit: number): Promise<Probe[]> {
  return database.query<Probe & Record<string, unknown>>(
    `WITH due AS (
       SELECT v8l_id FROM line_gate WHERE probe_at <= clock_timestamp() ORDER BY probe_at LIMIT $1 FOR UPDATE SKIP LOCKED
     ), taken AS (
       UPDATE line_gate g SET probe_at = CASE WHEN l.v8l_parked_at IS NOT NULL AND l.v8l_parked_mend = 'token' THEN
         clock_timestamp() + CASE WHEN l.v8l_parked_at > clock_timestamp() - interval '3 minutes' THEN interval '5 minutes'
                                  WHEN l.v8l_parked_at > clock_timestamp() - interval '15 minutes' THEN interval '15 minutes'
                                  ELSE interval '60 minutes' END END
       FROM due JOIN cd_v8_line l USING (v8l_id) WHERE g.v8l_id = due.v8l_id
       RETURNING g.v8l_id, g.suspects
     )
     SELECT ${probeColumns} FROM taken t JOIN cd_v8_line l USING (v8l_id)
     WHERE (l.v8l_parked_at IS NOT NULL AND l.v8l_parked_mend = 'token') OR (l.v8l_parked_at IS NULL AND t.suspects <> '{}')`,
    [limit],
  );
}

/** The same of one line, whether or not a probe is due; null when there is no such line. */
export async function readProbe(database: Database, lineId: string): Promise<Probe | null> {
  const [probe] = await database.query<Probe & Record<string, unknown>>(
    `SELECT ${probeColumns} FROM cd_v8_line l WHERE l.v8l_id = $1`,
    [lineId],
  );
  return probe ?? null;
}

/**
 * Records what Graph said, as far as the line still has the token that was asked about: a token that works unparks a
 * line that waits for one, a refused token parks the line. A doubt about a permission stays a doubt when the token
 * works, because such a token may still want a permission; only a message that is sent ends it.
 */
export async function tellProbe(database: Database, probe: Probe, verdict: ProbeVerdict): Promise<ProbeChange> {
  switch (verdict.kind) {
    case 'works':
      return probe.waitsForToken && (await unpark(database, probe)) ? 'unparked' : 'nothing';
    case 'refused':
      return (await parkFor(database, probe, verdict.outcome)) ? 'parked' : 'nothing';
    case 'no_word':
      return 'nothing';
  }
}

// The gate is locked before the line, as claims and settles do: the line is only reached through the gate's locked row.
async function unpark(database: Database, { lineId, sealedToken }: Probe): Promise<boolean> {
  const rows = await database.query(
    `WITH gate AS MATERIALIZED (
       SELECT v8l_id FROM line_gate WHERE v8l_id = $1 FOR UPDATE
     ), mended AS (
       UPDATE cd_v8_line l SET v8l_parked_at = NULL, v8l_parked_until = NULL, v8l_parked_reason = NULL,
         v8l_parked_code = NULL, v8l_parked_mend = NULL
       FROM gate WHERE l.v8l_id = gate.v8l_id AND l.v8l_wa_api_key = $2
         AND l.v8l_parked_at IS NOT NULL AND l.v8l_parked_mend = 'token'
       RETURNING l.v8l_id
     )
     UPDATE line_gate g SET suspects = '{}', probe_at = NULL FROM mended WHERE g.v8l_id = mended.v8l_id RETURNING g.v8l_id`,
    [lineId, sealedToken],
  );
  return rows.length > 0;
}
