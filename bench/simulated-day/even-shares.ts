/**
 * What each would get of `total` if nobody got more than it can use and everybody else the same (max-min fairness).
 */
export function evenShares(wants: readonly number[], total: number): number[] {
  const order = wants.map((_, index) => index).sort((a, b) => (wants[a] ?? 0) - (wants[b] ?? 0));
  const shares = wants.map(() => 0);
  let left = total;
  order.forEach((index, place) => {
    const share = Math.min(wants[index] ?? 0, left / (order.length - place));
    shares[index] = share;
    left -= share;
  });
  return shares;
}
