/** What the page of a line says after something was done to it. */
export const lineNotices = {
  paused: 'The line is paused. Its messages wait.',
  resumed: 'The line may send again.',
  pace: 'The line has its new pace from the next turn on.',
  token: 'The line has its new token.',
  activated: 'The line is active.',
  deactivated: 'The line is deactivated: its callers are refused, and what was accepted waits.',
} as const satisfies Record<string, string>;

export type LineNotice = keyof typeof lineNotices;
