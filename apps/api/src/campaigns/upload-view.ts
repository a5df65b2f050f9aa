import type { Upload, UploadFault } from '@pombo/db/campaign-list.ts';

/** An upload in the words of the API. Its bad rows are the first thousand. */
export function uploadView({ upload, faults }: { upload: Upload; faults: readonly UploadFault[] }) {
  return {
    upload: upload.upload,
    complete: upload.endedAt !== null,
    broken: upload.broken,
    rows: upload.rows,
    recipients: upload.recipients,
    duplicates: upload.duplicates,
    bad: upload.bad,
    errors: faults.map(({ row, column, because }) => ({ row, column, error: because })),
  };
}
