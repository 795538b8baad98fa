import { defineConfig } from 'vitest/config'
import { testsOf } from '../../vitest.shared.ts'

export default defineConfig(({ mode }) => ({
  test: {
    ...testsOf(mode),
    globalSetup: 'test/support/setup.ts',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // These wait for processes and a browser. If the machine stalls, a test is retried, and reported at the end.
    retry: 1,
  },
}))
