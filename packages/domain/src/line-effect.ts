import type { LineMend } from './outcome.ts';
import type { QuotaScope } from './usage.ts';

/**
 * What an outcome means for the line as a whole. `because` is a sentence for whoever asks why the line is slow or still.
 * From nothing to the gravest; only one of them follows an outcome.
 */
export type LineEffect =
  | { kind: 'none' }
  /** Not faster than this share (0 to 1) of the configured pace for now. */
  | { kind: 'slow'; scope: QuotaScope; share: number; because: string }
  /** Nothing for so long (milliseconds); afterwards it goes on at this share (0 to 1) of the pace it had before. */
  | { kind: 'pause'; scope: QuotaScope; forMs: number; share: number; because: string }
  /** One more recipient refused for a reason that may be the line's. Several in a row park it, with this mend and sentence. */
  | { kind: 'suspect'; mend: LineMend; because: string }
  | { kind: 'park'; mend: LineMend; because: string };
