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
    // Some wait for processes: where the machine stalls, a test is tried again, and named at the end. One that failed
    // by what it expects is not, because it would find what its first attempt left behind: a row that a hole deleted is
    // then gone, and deleting it again is refused as it should be.
    retry: { count: 1, condition: /timed out/i },
  },
}))
