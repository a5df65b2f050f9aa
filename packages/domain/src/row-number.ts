const largestId = 2n ** 63n - 1n;

/** True for what PostgreSQL can compare with a row's number. */
export function isRowNumber(text: string): boolean {
  return /^\d{1,19}$/.test(text) && BigInt(text) <= largestId;
}
