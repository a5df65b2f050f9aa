import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Keeps page access tokens and app secrets unreadable in the database. */
export interface Seal {
  /** AES-256-GCM under the first key: `v1.<key id>.<base64url of nonce, ciphertext and tag>`. */
  seal(text: string): string;
  /** Opens what any of the keys has sealed; throws a SealError that never contains the text. */
  open(sealed: string): string;
}

export class SealError extends Error {
  override name = 'SealError';
}

const nonceBytes = 12;
const tagBytes = 16;

/** `keys` are 32 bytes each: the first seals, all open, which is how keys are rotated. */
export function openSeal(keys: readonly Buffer[]): Seal {
  const [first] = keys;
  if (first === undefined || keys.some((key) => key.length !== 32)) {
    throw new SealError('a seal needs at least one key, and every key has 32 bytes');
  }
  const byId = new Map(keys.map((key) => [keyId(key), key]));
  return {
    seal: (text) => `v1.${keyId(first)}.${encrypt(first, text).toString('base64url')}`,
    open(sealed) {
      const [version, id = '', body = '', ...rest] = sealed.split('.');
      if (version !== 'v1' || rest.length > 0) throw new SealError('this is no text sealed by Pombo');
      const key = byId.get(id);
      if (key === undefined)
        throw new SealError(`none of the keys in SEAL_KEY is the one that sealed this (${safe(id)})`);
      return decrypt(key, Buffer.from(body, 'base64url'));
    },
  };
}

function keyId(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

function encrypt(key: Buffer, text: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, body: Buffer): string {
  if (body.length < nonceBytes + tagBytes) throw new SealError('the sealed text is cut short');
  const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAuthTag(body.subarray(-tagBytes));
  try {
    const text = Buffer.concat([decipher.update(body.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    return text.toString('utf8');
  } catch {
    throw new SealError('the sealed text was changed, or its key is not the one it names');
  }
}

function safe(id: string): string {
  return /^[0-9a-f]{8}$/.test(id) ? id : 'unreadable key id';
}
