import type { MessageType } from '@pombo/domain/message-type.ts';

/** A send that has passed validation and whose line may be asked for. */
export interface SendRequest {
  /** Decimal, without leading zeros. */
  lineId: string;
  dest: string;
  type: MessageType;
  data: string;
  caption: string | null;
  reference: string | null;
}
