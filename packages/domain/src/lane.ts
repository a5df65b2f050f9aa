/**
 * The two lanes a released message can travel in.
 * `now`: somebody waits for the answer. `bulk`: asynchronous sends and campaigns.
 */
export const lanes = ['now', 'bulk'] as const;

export type Lane = (typeof lanes)[number];
