/** Text is counted and cut in Unicode code points, as a person would count. */
export function isLongerThan(text: string, points: number): boolean {
  if (text.length <= points) return false;
  if (text.length > points * 2) return true;
  return countPoints(text) > points;
}

export function cutAt(text: string, points: number): string {
  return isLongerThan(text, points)
    ? Array.from(text.slice(0, points * 2))
        .slice(0, points)
        .join('')
    : text;
}

function countPoints(text: string): number {
  let count = 0;
  for (const _point of text) count += 1;
  return count;
}
