/** A moment as pages show it: in UTC, to the second. Pure. */
export function clock(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ');
}
