/** A moment as pages show it: in UTC, to the second. */
export function clock(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ');
}

/** The same to the millisecond, where one thing follows the other closely. */
export function preciseClock(at: Date): string {
  return at.toISOString().slice(0, 23).replace('T', ' ');
}

/** How long, in the two words that matter. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  return whole < 86_400
    ? inTwoWords(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min')
    : inTwoWords(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

function inTwoWords(many: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${many} ${unit}` : `${many} ${unit} ${rest} ${restUnit}`;
}
