import { defineConfig } from 'vitest/config'
import { testsOf } from '../../vitest.shared.ts'

export default defineConfig(({ mode }) => ({
  test: {
    ...testsOf(mode),
    // By its path, because only the test needs it, and not the service.
    globalSetup: '../../packages/keys/test/postgres.ts',
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
}))
