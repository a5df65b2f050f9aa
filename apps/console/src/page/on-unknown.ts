/** What happens to a message whose outcome is unknown, in words. Pure. */
export function whenUnknown(onUnknown: string): string {
  return onUnknown === 'resend'
    ? 'it is sent again once, and may arrive twice'
    : 'it stays unknown until somebody knows';
}
