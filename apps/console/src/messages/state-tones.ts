import type { MessageState } from '@pombo/domain/delivery-state.ts';

/** Colours carry no meaning of their own: the word stands beside them. */
export const stateTones = {
  backlog: '',
  released: '',
  sending: '',
  unknown: 'wait',
  OK: 'good',
  ERROR: 'bad',
  CANCELED: 'soft',
} as const satisfies Record<MessageState, string>;
