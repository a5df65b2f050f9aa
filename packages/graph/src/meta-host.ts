/** Whether sends go to Meta itself: there no line may go without a pace. */
export function isMetasOwnHost(graphBaseUrl: string): boolean {
  const { hostname } = new URL(graphBaseUrl);
  return /(^|\.)(facebook|messenger|instagram|meta|fb)\.com\.?$/i.test(hostname);
}
