import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // By its path: it is the test's alone, and nothing that a service needs.
    globalSetup: '../../packages/keys/test/postgres.ts',
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: ['default', 'json'],
    outputFile: { json: '.results/vitest.json' },
  },
})
