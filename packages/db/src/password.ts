import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

type Cost = { N: number; r: number; p: number };

/** About 60 ms and 16 MiB a try on a small server. Written into every hash, so it can be raised later. */
const cost: Cost = { N: 16_384, r: 8, p: 1 };
const keyBytes = 32;

/** At most two at once, twenty in line: guesses must not take the machine away from those who send. */
const atOnce = 2;
const inLine = 20;

export type PasswordCheck = 'right' | 'wrong' | 'busy';

/** Checks passwords, a few at a time. One per process. */
export interface PasswordDoor {
  /** `hash` null stands for a user that does not exist: it takes as long and is always wrong. */
  check(password: string, hash: string | null): Promise<PasswordCheck>;
}

/** `scrypt$N$r$p$salt$key`, salt and key in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, keyBytes, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

export function openPasswordDoor(): PasswordDoor {
  let inside = 0;
  const line: (() => void)[] = [];
  const stranger = hashPassword(randomBytes(16).toString('hex'));

  return {
    async check(password, hash) {
      if (inside >= atOnce) {
        if (line.length >= inLine) return 'busy';
        // Whoever leaves hands over the place without giving it up, so nobody slips in between.
        await new Promise<void>((enter) => line.push(enter));
      } else {
        inside += 1;
      }
      try {
        const matches = await verify(password, hash ?? (await stranger));
        return matches && hash !== null ? 'right' : 'wrong';
      } finally {
        const next = line.shift();
        if (next) next();
        else inside -= 1;
      }
    },
  };
}

async function verify(password: string, hash: string): Promise<boolean> {
  const [scheme, N, r, p, salt = '', key = ''] = hash.split('$');
  const expected = Buffer.from(key, 'base64url');
  if (scheme !== 'scrypt' || expected.length === 0) return false;
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const derived = await derive(password, Buffer.from(salt, 'base64url'), expected.length, cost);
  return timingSafeEqual(derived, expected);
}

function derive(password: string, salt: Buffer, length: number, { N, r, p }: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Node refuses anything above 32 MiB unless told; N and r decide how much it takes.
    scrypt(password.normalize('NFC'), salt, length, { N, r, p, maxmem: 256 * N * r }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
