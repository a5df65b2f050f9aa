import { expect, it } from 'vitest';
import { requireNode24 } from './runtime.ts';

it('accepts any Node 24', () => {
  expect(requireNode24('v24.0.0')).toBeNull();
  expect(requireNode24('v24.21.3')).toBeNull();
});

it.each(['v20.20.2', 'v25.0.0', 'v240.1.0', 'v2.4.0', ''])('refuses %s in a sentence', (version) => {
  expect(requireNode24(version)).toMatch(/^Pombo runs on Node 24/);
});
