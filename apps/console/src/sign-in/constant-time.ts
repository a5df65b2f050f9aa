import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether two texts are the same, in constant time whatever their lengths. */
export function sameSecret(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
