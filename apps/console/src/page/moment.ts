/** A time as pages show it, in UTC. */
export function clock(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ');
}

/** The same to the millisecond, where one thing follows the other closely. */
export function preciseClock(at: Date): string {
  return at.toISOString().slice(0, 23).replace('T', ' ');
}
