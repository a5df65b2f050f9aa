import { type ContentFault, contentFault } from '@pombo/domain/content.ts';
import { type MessageType, messageTypeOf } from '@pombo/domain/message-type.ts';
import type { RefusalName } from '@pombo/domain/refusal.ts';
import { isLongerThan } from '@pombo/domain/text.ts';
import type { Fields } from './parameters/fields.ts';
import type { SendRequest } from './send-request.ts';

export type Validation = { kind: 'valid'; request: SendRequest } | { kind: 'refused'; refusal: RefusalName };

const maxDest = 64;
const maxLineId = 2n ** 63n - 1n;

interface Asked {
  appId: string;
  dest: string;
  type: MessageType | null;
  data: string;
}

/** The first that fails answers. 230, 233 and 234 follow in `line-checks.ts`, 244 when the row is written. */
const checks: readonly { refusal: RefusalName; fails: (asked: Asked) => boolean }[] = [
  { refusal: 'noAppId', fails: ({ appId }) => !/^\d+$/.test(appId) || /^0+$/.test(appId) },
  { refusal: 'noDest', fails: ({ dest }) => dest === '' || isLongerThan(dest, maxDest) },
  { refusal: 'noMdata', fails: ({ data }) => data === '' },
  { refusal: 'invalidMtype', fails: ({ type }) => type === null },
  { refusal: 'mdataTooLong', fails: ({ type, data }) => faultOf(type, data) === 'too_long' },
  { refusal: 'invalidMdataUrl', fails: ({ type, data }) => faultOf(type, data) === 'invalid_url' },
  { refusal: 'lineNotFound', fails: ({ appId }) => !fitsEightBytes(appId) },
];

export function validate(fields: Fields): Validation {
  const asked: Asked = {
    appId: (fields.get('app_id') || fields.get('v8l_id') || '').trim(),
    dest: (fields.get('dest') ?? '').trim(),
    type: messageTypeOf((fields.get('mtype') ?? '').trim() || 'text'),
    data: fields.get('mdata') ?? '',
  };
  const failed = checks.find(({ fails }) => fails(asked));
  if (failed) return { kind: 'refused', refusal: failed.refusal };
  return {
    kind: 'valid',
    request: {
      lineId: withoutLeadingZeros(asked.appId),
      dest: asked.dest,
      // The checks have seen to it that it is one of the words.
      type: asked.type ?? 'text',
      data: asked.data,
      caption: fields.get('mcaption') || null,
      reference: fields.get('msg_id') || null,
    },
  };
}

/** An unknown type has failed an earlier check. */
function faultOf(type: MessageType | null, data: string): ContentFault | null {
  return type === null ? null : contentFault(type, data);
}

/** The column is a bigint; a larger number names no line. */
function fitsEightBytes(digits: string): boolean {
  const significant = withoutLeadingZeros(digits);
  return significant.length < 20 && BigInt(significant) <= maxLineId;
}

function withoutLeadingZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '');
}
