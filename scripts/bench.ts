import { spawnSync } from 'node:child_process'

// With options, compares these sources with another commit; without, measures every package.

const options = process.argv.slice(2).filter((word) => word !== '--')
const run = (program: string, ...words: string[]) => {
  const { status } = spawnSync(program, words, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
if (options.length > 0) {
  run('turbo', 'run', '//#generate')
  run(process.execPath, 'apps/api/bench/against/main.ts', ...options)
} else run('turbo', 'run', 'bench', '--concurrency=1', '--continue=dependencies-successful')
