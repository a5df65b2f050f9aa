import type { Problem } from '../problem.ts';

/** Places for work that lasts, in this process. No account holds more than half of them, or it would keep the others out. */
export interface Places {
  take(customerId: string): Place | { kind: 'refused'; problem: Problem };
}

export interface Place {
  kind: 'place';
  /** More than once is once. */
  leave(): void;
}

export interface PlacesOptions {
  most: number;
  /** What whoever comes too late hears: why, and when it is worth asking again. */
  full: string;
  /** The same where others may still come. */
  share: string;
  retryAfterSeconds: number;
  /** Told how many are taken: at first, and whenever that changes. */
  onTaken: (taken: number) => void;
}

export function createPlaces({ most, full, share, retryAfterSeconds, onTaken }: PlacesOptions): Places {
  const mostOfOne = Math.max(1, Math.ceil(most / 2));
  const held = new Map<string, number>();
  let taken = 0;
  onTaken(taken);

  const refused = (detail: string) => {
    const problem: Problem = { status: 503, title: 'unavailable', detail, retryAfterSeconds };
    return { kind: 'refused', problem } as const;
  };

  function leave(customerId: string): void {
    taken -= 1;
    onTaken(taken);
    const left = (held.get(customerId) ?? 0) - 1;
    if (left > 0) held.set(customerId, left);
    else held.delete(customerId);
  }

  return {
    take(customerId) {
      if (taken >= most) return refused(full);
      const own = held.get(customerId) ?? 0;
      if (own >= mostOfOne) return refused(share);
      taken += 1;
      onTaken(taken);
      held.set(customerId, own + 1);
      let isHeld = true;
      return {
        kind: 'place',
        leave() {
          if (isHeld) leave(customerId);
          isHeld = false;
        },
      };
    },
  };
}
