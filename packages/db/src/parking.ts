import type { LineMend, Outcome } from '@pombo/domain/outcome.ts';
import type { Database } from './database.ts';

/** An answer of Graph's to a call that was no message. */
type Refusal = Extract<Outcome, { kind: 'line_down' | 'refused' }>;

/**
 * Parks the line when this answer, to a call with this token, says that the line as a whole is down. False when it does
 * not, or when the line is parked already or has another token by now.
 */
export async function parkFor(
  database: Database,
  { lineId, sealedToken }: { lineId: string; sealedToken: string },
  refusal: Refusal,
): Promise<boolean> {
  const parking = parkingOf(refusal);
  if (parking === null) return false;
  const [row] = await database.query<{ parked: boolean }>(
    'SELECT park_line($1::bigint, $2, $3, $4::int, $5, $6::float8) AS parked',
    [lineId, sealedToken, parking.reason, refusal.reply.httpStatus, parking.mend, parking.forMs],
  );
  return row?.parked ?? false;
}

interface Parking {
  reason: string;
  mend: LineMend['by'];
  forMs: number | null;
}

function parkingOf(refusal: Refusal): Parking | null {
  if (refusal.kind === 'line_down') {
    const { mend, because } = refusal;
    return { reason: because, mend: mend.by, forMs: mend.by === 'time' ? mend.afterMs : null };
  }
  if (refusal.about === 'permission') {
    // The token may not even be asked about itself. Whether it may again, the next probe shows.
    const reason = `Meta does not let the app use the page access token: ${refusal.reply.text}`;
    return { reason, mend: 'token', forMs: null };
  }
  return null;
}
