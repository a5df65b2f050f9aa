import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Sign-in by the admin token, remembered in a signed cookie that says until when. */
export interface Sessions {
  isAdmin(token: string): boolean;
  /** The cookie's value for a session that starts now. */
  open(now: number): string;
  isOpen(value: string | undefined, now: number): boolean;
}

export const sessionMs = 12 * 3600 * 1000;

/** Another ADMIN_TOKEN ends every session: the key that signs them is made from it. */
export function createSessions(adminToken: string): Sessions {
  const key = createHmac('sha256', adminToken).update('pombo console session').digest();
  const sign = (until: string) => createHmac('sha256', key).update(until).digest('base64url');
  return {
    isAdmin: (token) => same(token, adminToken),
    open(now) {
      const until = String(now + sessionMs);
      return `${until}.${sign(until)}`;
    },
    isOpen(value, now) {
      const [until = '', signature = ''] = (value ?? '').split('.');
      return same(signature, sign(until)) && Number(until) > now;
    },
  };
}

/** In constant time, whatever their lengths. */
function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
