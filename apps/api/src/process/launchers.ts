import { basename } from 'node:path'
import { commandOf, parentOf } from '@project-keys/postgres/processes'

const RUNNER = /^(npm|npx|pnpm|pnpx|corepack|turbo|yarn|yarnpkg|bun|bunx)\b/
const INTERPRETER = /^(node|sh|bash|dash|zsh)/
const SHELL = /^(sh|bash|dash|zsh)$/

/**
 * Watches whether the processes that launched this one still run: the package runners above it and the shells between
 * them. A signal to one of them ends only that one, so this process must notice by itself.
 */
export function watchLaunchers() {
  const chain = launchers()
  return { allRun: () => chain.every((pid, above) => parentOf(chain[above - 1] ?? process.pid) === pid) }
}

function launchers() {
  const chain: { pid: number; runner: boolean }[] = []
  for (let pid = process.ppid; pid > 1; pid = parentOf(pid) ?? 0) {
    const kind = kindOf(commandOf(pid) ?? [])
    if (kind === 'other') break
    chain.push({ pid, runner: kind === 'runner' })
  }
  // A shell above the first runner is the user's own, and may end while its programs go on.
  return chain.slice(0, chain.findLastIndex(({ runner }) => runner) + 1).map(({ pid }) => pid)
}

export function kindOf(words: string[]) {
  // `npm exec …` renames its process to one word; the other runners are scripts in Node or a shell.
  const [program = '', ...rest] = words.map((word) => basename(word))
  const script = rest.find((word) => !word.startsWith('-')) ?? ''
  const runsText = rest[0] === '-c'
  if (RUNNER.test(program) || (!runsText && INTERPRETER.test(program) && RUNNER.test(script))) return 'runner'
  return SHELL.test(program) && runsText ? 'shell' : 'other'
}
