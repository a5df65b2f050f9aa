import { createHmac } from 'node:crypto';

/**
 * Proof that whoever holds the page access token also holds the app's secret:
 * lowercase hex HMAC-SHA256 with the secret as key and the token as message.
 */
export function appSecretProof(appSecret: string, token: string): string {
  return createHmac('sha256', appSecret).update(token).digest('hex');
}
