import type { Database } from './database.ts';

/** Whom a credential belongs to, and what that account may do right now. */
export interface Account {
  customerId: string;
  /** The token's name, or the username: what may stand in a log. */
  name: string;
  maySend: boolean;
  active: boolean;
  tokensBlocked: boolean;
  /** Networks its calls may come from, as written by the operator. Empty: from anywhere. */
  networks: string[];
  /** Milliseconds until the credential ends by itself; null: never. */
  endsInMs: number | null;
}

/** An account, with the hash its user's password must match. */
export interface UserAccount extends Account {
  passwordHash: string;
}

const account = `c.cdcs_id AS "customerId", c.cdcs_active AS active, c.cdcs_tokens_blockeds AS "tokensBlocked",
  ARRAY(SELECT n.cdip_network FROM cd_ip n WHERE n.cdcs_id = c.cdcs_id) AS networks`;

/** The account of a token (`tsid` or `sid`) by the SHA-256 of its text; null when unknown, revoked or expired. */
export async function findTokenAccount(database: Database, hash: Buffer): Promise<Account | null> {
  const [row] = await database.query<Account>(
    `SELECT ${account}, t.psid_name AS name, t.psid_may_send AS "maySend",
       (extract(epoch FROM t.psid_expires_at - clock_timestamp()) * 1000)::float8 AS "endsInMs"
     FROM cd_psid t JOIN cd_customer c USING (cdcs_id)
     WHERE t.psid_hash = $1 AND t.psid_revoked_at IS NULL
       AND (t.psid_expires_at IS NULL OR t.psid_expires_at > clock_timestamp())`,
    [hash],
  );
  return row ?? null;
}

/** The account of an active user; null when there is none of that name. */
export async function findUserAccount(database: Database, username: string): Promise<UserAccount | null> {
  const [row] = await database.query<UserAccount>(
    `SELECT ${account}, u.cdcu_username AS name, true AS "maySend", NULL::float8 AS "endsInMs",
       u.cdcu_password_hash AS "passwordHash"
     FROM cd_customer_user u JOIN cd_customer c USING (cdcs_id)
     WHERE u.cdcu_username = $1 AND u.cdcu_active`,
    [username],
  );
  return row ?? null;
}
