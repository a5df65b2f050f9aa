/**
 * The page to show after signing in: the one that was asked for, as long as it is one of ours. A browser takes `//host` and
 * `/\host` for another host. Pure.
 */
export function wayBack(asked: string): string {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(asked) && asked.length <= longest ? asked : '/';
}

/** A search by every key is shorter. */
const longest = 4_000;
