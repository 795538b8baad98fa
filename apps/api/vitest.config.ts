import { defineConfig } from 'vitest/config'
import { testsOf } from '../../vitest.shared.ts'

export default defineConfig(({ mode }) => ({
  test: {
    ...testsOf(mode),
    globalSetup: '../../packages/keys/test/postgres.ts',
    // No test changes a module, so that one load of them is enough for all.
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    // These wait for processes and a browser: where the machine stalls, a test is tried again, and named at the end.
    retry: 1,
  },
}))
