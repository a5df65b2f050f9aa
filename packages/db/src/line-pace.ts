import type { Database } from './database.ts';

/** Messages per second a line is allowed, as it was configured; 0: no pace. */
export interface LinePace {
  text: number;
  /** Audio and video. */
  media: number;
}

/** Null when there is no such line. */
export async function readLinePace(database: Database, lineId: string): Promise<LinePace | null> {
  const [row] = await database.query<LinePace & Record<string, unknown>>(
    'SELECT v8l_pace AS text, v8l_media_pace AS media FROM cd_v8_line WHERE v8l_id = $1',
    [lineId],
  );
  return row ?? null;
}
