import { spawnSync } from 'node:child_process'

// `--against COMMIT` compares these sources with another commit, `--memory MINUTES` watches their memory under load.
// Without options, every package is measured.

const options = process.argv.slice(2).filter((word) => word !== '--')
const run = (program: string, ...words: string[]) => {
  const { status } = spawnSync(program, words, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
if (options.length > 0) {
  run('turbo', 'run', '//#generate')
  const program = options.includes('--memory') ? 'memory' : 'main'
  run(process.execPath, `apps/api/bench/against/${program}.ts`, ...options)
} else run('turbo', 'run', 'bench', '--concurrency=1', '--continue=dependencies-successful')
