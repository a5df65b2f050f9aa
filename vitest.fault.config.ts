import { defineConfig } from 'vitest/config';

/** The fault suite at full length: real leases run out, nothing is hurried along. */
export default defineConfig({
  test: {
    name: 'fault',
    globalSetup: 'test/support/postgres-server.ts',
    include: ['test/fault/**/*.test.ts', 'test/integration/state-machine.test.ts'],
    env: { POMBO_FAULTS: 'long' },
    testTimeout: 600_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    // Each house is a whole Pombo of eight processes. With more of them at once their own crowd is the fault.
    maxConcurrency: 2,
  },
});
