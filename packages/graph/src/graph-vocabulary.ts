/**
 * The words of Meta's Send API: what the client writes and the simulator reads, and the other way round.
 * Nothing here decides anything. Everything outside this package and the simulator speaks the domain's words instead.
 */

/** Where a message is posted. With a page access token `me` is that page. */
export function messagesPath(apiVersion: string, pageId = 'me'): string {
  return `/${apiVersion}/${pageId}/messages`;
}

/** Where media is handed over that is to be sent more than once. The id in the answer is that page's alone. */
export function attachmentsPath(apiVersion: string, pageId = 'me'): string {
  return `/${apiVersion}/${pageId}/message_attachments`;
}

/** Where a token is asked whose it is: the smallest thing that can be read with it. */
export function probePath(apiVersion: string): string {
  return `/${apiVersion}/me?fields=id`;
}

export const headerNames = {
  apiVersion: 'facebook-api-version',
  businessUsage: 'x-business-use-case-usage',
  appUsage: 'x-app-usage',
  pageUsage: 'x-page-usage',
  retryAfter: 'retry-after',
  traceId: 'x-fb-trace-id',
} as const;

export const messagingTypes = ['RESPONSE', 'UPDATE', 'MESSAGE_TAG', 'UTILITY'] as const;

export type MessagingType = (typeof messagingTypes)[number];

export const attachmentTypes = ['image', 'audio', 'video', 'file'] as const;

export type AttachmentType = (typeof attachmentTypes)[number];

/** Every request that carries one of these has been answered with code 100 since 2026-04-27. */
export const removedTags = ['ACCOUNT_UPDATE', 'CONFIRMED_EVENT_UPDATE', 'POST_PURCHASE_UPDATE'] as const;

/** Meta counts characters. Metadata has to stay below its figure, text may reach it. */
export const limits = { textChars: 2000, metadataChars: 1000 } as const;

export interface SendBody {
  recipient: { id: string };
  messaging_type: MessagingType;
  message: SendMessage;
}

export type SendMessage = { metadata: string } & (
  | { text: string }
  | { attachment: { type: AttachmentType; payload: { url: string } | { attachment_id: string } } }
);

export interface UploadBody {
  message: { attachment: { type: AttachmentType; payload: { url: string; is_reusable: true } } };
}

/** What any call carries besides, once the app's "Require App Secret" switch is on: the HMAC of the token. */
export interface Proof {
  appsecret_proof?: string;
}

export interface UploadAnswer {
  attachment_id: string;
}

export interface SendAnswer {
  recipient_id: string;
  message_id: string;
}

/** The answer to a probe. */
export interface PageAnswer {
  id: string;
}

export interface ErrorBody {
  error: {
    message: string;
    type: string;
    code: number;
    error_subcode?: number;
    is_transient?: boolean;
    error_user_title?: string;
    error_user_msg?: string;
    fbtrace_id: string;
  };
}

/** One entry of the X-Business-Use-Case-Usage header. Percentages may exceed 100; the time to regain is in minutes. */
export interface BusinessUsage {
  type: string;
  call_count: number;
  total_cputime: number;
  total_time: number;
  estimated_time_to_regain_access: number;
}

/** X-App-Usage: the same percentages, without a type and, as far as is documented, without a time to regain. */
export type AppUsage = Pick<BusinessUsage, 'call_count' | 'total_cputime' | 'total_time'> &
  Partial<Pick<BusinessUsage, 'estimated_time_to_regain_access'>>;
