/** How failed sign-ins slow down the next: so many cost nothing, then each wait is twice the one before. */
export interface WaitPlan {
  free: number;
  firstMs: number;
  mostMs: number;
}

/**
 * An address may be that of a whole office, so it is more patient. The longest wait keeps a guesser below 300 tries a
 * day for one name, and an operator whose name is being guessed waits five minutes at most.
 */
export const signInWaits = {
  name: { free: 3, firstMs: 2_000, mostMs: 300_000 },
  address: { free: 10, firstMs: 2_000, mostMs: 300_000 },
} as const satisfies Record<string, WaitPlan>;

export type SignInCounter = keyof typeof signInWaits;

/** Failures are forgotten when the last of them is this long ago. */
export const signInMemoryMs = 3_600_000;

/** How long after the last of `failures` failed sign-ins the next try may come. Pure. */
export function signInWaitMs({ free, firstMs, mostMs }: WaitPlan, failures: number): number {
  return failures < free ? 0 : Math.min(mostMs, firstMs * 2 ** (failures - free));
}
