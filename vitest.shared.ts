const SLOW = '**/*.slow.test.ts'

/**
 * `vitest run` leaves the slow tests to `vitest run --mode slow`, which runs nothing else. Each writes a results file of
 * its own, because scripts/count-tests.ts adds up both.
 */
export const testsOf = (mode: string) =>
  mode === 'slow'
    ? { include: [SLOW], passWithNoTests: true, ...resultsIn('.results/slow.json') }
    : { exclude: ['**/node_modules/**', SLOW], ...resultsIn('.results/vitest.json') }

const resultsIn = (json: string) => ({ reporters: ['default', 'json'], outputFile: { json } })
