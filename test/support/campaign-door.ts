import { type Ask, type Doorstep, openDoorstep, type Reply, type TestApi } from './doorstep.ts';

/** An API with one customer, their token and a line, and short words for what tests of campaigns ask it. */
export interface CampaignDoor {
  readonly doorstep: Doorstep;
  readonly api: TestApi;
  readonly customerId: string;
  readonly tsid: string;
  readonly line: string;
  call(method: string, path: string, body?: unknown, more?: Ask & { as?: string }): Promise<Reply>;
  /** Makes a draft; says its number. */
  draft(over?: Record<string, unknown>): Promise<string>;
  upload(id: string, list: string | Buffer, headers?: Record<string, string>, as?: string): Promise<Reply>;
  /** Makes a draft with these recipients and starts it. */
  running(dests: readonly string[], over?: Record<string, unknown>): Promise<string>;
  stop(): Promise<void>;
}

export async function openCampaignDoor(options: Parameters<Doorstep['openApi']>[0] = {}): Promise<CampaignDoor> {
  const doorstep = await openDoorstep();
  const customerId = await doorstep.addCustomer();
  const tsid = await doorstep.addToken(customerId);
  const line = await doorstep.addLine(customerId);
  const api = await doorstep.openApi(options);

  const call: CampaignDoor['call'] = (method, path, body, { as = tsid, ...more } = {}) =>
    api.ask({
      method,
      path,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...more,
      headers: {
        authorization: `Bearer ${as}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...more.headers,
      },
    });

  const door: CampaignDoor = {
    doorstep,
    api,
    customerId,
    tsid,
    line,
    call,
    async draft(over = {}) {
      const reply = await call('POST', '/v1/campaigns', { name: 'News', line, mdata: 'Hello {{name}}', ...over });
      if (reply.status !== 201) throw new Error(reply.text);
      return String(inside(reply).id);
    },
    upload: (id, list, headers = {}, as = tsid) =>
      api.ask({
        path: `/v1/campaigns/${id}/recipients`,
        body: list,
        headers: { authorization: `Bearer ${as}`, 'content-type': 'text/csv', ...headers },
      }),
    async running(dests, over = { mdata: 'Hello' }) {
      const id = await door.draft(over);
      const uploaded = await door.upload(id, ['dest', ...dests].join('\n'));
      const started = await call('POST', `/v1/campaigns/${id}/start`);
      if (uploaded.status !== 200 || started.status !== 200) throw new Error(uploaded.text + started.text);
      return id;
    },
    stop: doorstep.stop,
  };
  return door;
}

/** What a JSON answer says. */
export function inside(reply: Reply) {
  return JSON.parse(reply.text);
}
