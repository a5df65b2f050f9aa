import type { BadRow, BrokenList, Recipient, RowReading } from './row-reading.ts';

export interface RecipientBatch {
  /** The last row of the list this batch speaks of: every row up to it has been dealt with. */
  throughRow: number;
  recipients: Recipient[];
  bad: BadRow[];
}

/** Rows of 64 KiB would make a batch of thousands of them a matter of memory. */
const maxBatchBytes = 512 * 1024;

/** Collects rows until there are enough for a batch. */
export interface BatchInMaking {
  add(reading: Exclude<RowReading, BrokenList>): void;
  isFull(): boolean;
  /** What is there, as a batch; null when nothing is. Begins the next. */
  take(): RecipientBatch | null;
}

export function createBatch(batchRows: number): BatchInMaking {
  const nothing = (): RecipientBatch => ({ throughRow: 0, recipients: [], bad: [] });
  let batch = nothing();
  let rows = 0;
  let bytes = 0;

  return {
    add(reading) {
      rows += 1;
      if (reading.kind === 'recipient') {
        batch.throughRow = reading.recipient.row;
        batch.recipients.push(reading.recipient);
        bytes += reading.bytes;
      } else if (reading.kind === 'bad') {
        batch.throughRow = reading.bad.row;
        batch.bad.push(reading.bad);
      } else {
        batch.throughRow = reading.row;
      }
    },
    isFull: () => rows >= batchRows || bytes >= maxBatchBytes,
    take() {
      if (rows === 0) return null;
      const taken = batch;
      batch = nothing();
      rows = 0;
      bytes = 0;
      return taken;
    },
  };
}
