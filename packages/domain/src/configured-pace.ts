/** What a pace may be, for whoever typed another. */
export const paceRule = 'It is a number of messages per second: 0 (no pace), or 0.001 to 300.';

/** Messages per second as somebody typed them; null when a line cannot have this pace. */
export function readPace(text: string): number | null {
  const value = Number(text);
  return text.trim() !== '' && (value === 0 || (value >= 0.001 && value <= 300)) ? value : null;
}
