import type { MessageSearch } from '@pombo/db/message-search.ts';

/** A search for every message; a test puts over it what it looks for. */
export const nothingAsked: MessageSearch = {
  messageId: null,
  reference: null,
  dest: null,
  metaId: null,
  lineId: null,
  campaignId: null,
  state: null,
  errorClass: null,
  from: null,
  until: null,
};
