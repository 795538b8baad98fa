import { defineConfig } from 'vitest/config'
import { testsOf } from '../../vitest.shared.ts'

export default defineConfig(({ mode }) => ({
  test: {
    ...testsOf(mode),
    // By its path: it is the test's alone, and nothing that a service needs.
    globalSetup: '../../packages/keys/test/postgres.ts',
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
}))
