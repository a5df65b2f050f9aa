export interface ContentType {
  /** `application/json`, in small letters. */
  essence: string;
  /** As named, in small letters; null when none was named. */
  charset: string | null;
}

/** What the sender says the body is; null when nothing was said. */
export function readContentType(header: string | undefined): ContentType | null {
  if (header === undefined || header.trim() === '') return null;
  const essence = (header.split(';', 1)[0] ?? '').trim().toLowerCase();
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(header)?.[1]?.toLowerCase() ?? null;
  return { essence, charset };
}

/** ASCII is a part of UTF-8, and the bytes are checked anyway. */
export function isUtf8Charset(charset: string | null): boolean {
  return charset === null || ['utf-8', 'utf8', 'us-ascii', 'ascii'].includes(charset);
}
