import { defineConfig } from 'vitest/config';

/**
 * Much of the time is spent waiting for leases, time-outs and restarts, so several files share even a small machine. First
 * those that ask one thing at a time, then those that load processes and stop them, which take more of it.
 */
const light = { maxWorkers: 3, sequence: { groupOrder: 0 } };
const heavy = { maxWorkers: 2, sequence: { groupOrder: 1 } };

export default defineConfig({
  test: {
    globalSetup: 'test/support/postgres-server.ts',
    projects: [
      {
        test: {
          ...light,
          name: 'unit',
          include: ['{apps,packages}/*/src/**/*.test.ts', 'bench/**/*.test.ts', 'test/support/**/*.test.ts'],
          // Long only for a machine that has much else to do.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          ...light,
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...light,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...heavy,
          name: 'fault',
          include: ['test/fault/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...heavy,
          name: 'load',
          include: ['test/load/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...heavy,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
