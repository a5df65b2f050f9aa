import type { Outcome } from './outcome.ts';

/** What handing media to Meta came to. `failed` has the outcome that a message with the same answer would have. */
export type UploadVerdict =
  | { kind: 'uploaded'; attachmentId: string }
  | { kind: 'failed'; outcome: Exclude<Outcome, { kind: 'sent' }> };

export type FailedUpload = Extract<UploadVerdict, { kind: 'failed' }>['outcome'];
