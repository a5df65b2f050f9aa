/** One of these, which must not be empty. */
export function pick<T>(from: readonly T[], dice: number): T {
  return from[dice % from.length] as T;
}
