import type { House } from './house.ts';
import type { Page } from './pages.ts';
import type { Program } from './program.ts';

/** What a synchronous caller was told. */
export interface SyncAnswer {
  http: number;
  location: string | null;
  envelope: { status: string; status_code: number; messageId: string; cdls_id: number };
  tookMs: number;
}

/** One `MakeMessenger` whose caller waits for the outcome. */
export async function sendAndWait(
  house: Pick<House, 'tsid'>,
  api: Program,
  page: Page,
  dest: string,
): Promise<SyncAnswer> {
  const askedAt = performance.now();
  const response = await fetch(`${api.url}/api/v2/MakeMessenger.php`, {
    method: 'POST',
    headers: { authorization: `Bearer ${house.tsid}` },
    body: new URLSearchParams({ app_id: page.lineId, dest, mdata: 'hello' }),
  });
  const body = (await response.json()) as { return: SyncAnswer['envelope'] };
  return {
    http: response.status,
    location: response.headers.get('location'),
    envelope: body.return,
    tookMs: performance.now() - askedAt,
  };
}
