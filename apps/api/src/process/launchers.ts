import { basename } from 'node:path'
import { commandOf, parentOf } from '@project-keys/postgres/processes'

const RUNNER = /^(npm|npx|pnpm|pnpx|corepack|turbo|yarn|yarnpkg|bun|bunx)\b/
const INTERPRETER = /^(node|sh|bash|dash|zsh)/
const SHELL = /^(sh|bash|dash|zsh)$/

/**
 * Tells whether those who launched this process are all still there: the package runners above it, with the shells
 * between them. A signal to one of them alone ends it and leaves what it launched behind, unless that looks up.
 */
export function watchLaunchers() {
  const chain = launchers()
  return { stillThere: () => chain.every((pid, above) => parentOf(chain[above - 1] ?? process.pid) === pid) }
}

function launchers() {
  const chain: { pid: number; runner: boolean }[] = []
  for (let pid = process.ppid; pid > 1; pid = parentOf(pid) ?? 0) {
    const kind = kindOf(commandOf(pid) ?? [])
    if (kind === 'other') break
    chain.push({ pid, runner: kind === 'runner' })
  }
  // A shell above the first runner is the user's own, and may end without ending what it started.
  return chain.slice(0, chain.findLastIndex(({ runner }) => runner) + 1).map(({ pid }) => pid)
}

export function kindOf(words: string[]) {
  // `npm exec …` renames its process, to one word; others are a script that Node or a shell runs.
  const [program = '', ...rest] = words.map((word) => basename(word))
  const script = rest.find((word) => !word.startsWith('-')) ?? ''
  const runsText = rest[0] === '-c'
  if (RUNNER.test(program) || (!runsText && INTERPRETER.test(program) && RUNNER.test(script))) return 'runner'
  return SHELL.test(program) && runsText ? 'shell' : 'other'
}
