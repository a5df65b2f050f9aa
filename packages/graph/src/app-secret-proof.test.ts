import { expect, test } from 'vitest';
import { appSecretProof } from './app-secret-proof.ts';

test('the proof is the hex HMAC-SHA256 of the token under the secret', () => {
  expect(appSecretProof('app_secret', 'EAAB_token')).toBe(
    '0850dc75ed9d3f96602fe4c911c669afdf3112adca16997956be46711f5715a5',
  );
});
