import { defineConfig } from 'vitest/config'
import { testsOf } from '../../vitest.shared.ts'

export default defineConfig(({ mode }) => ({
  test: {
    ...testsOf(mode),
    // By its path, because a dependency on that package would close a circle.
    globalSetup: '../keys/test/postgres.ts',
    // No test changes a module, so that one load of them is enough for all.
    isolate: false,
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    expect: { poll: { timeout: 10_000 } },
  },
}))
