import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startService } from './service.ts'
import { TOOLS, type Tool } from './tools.ts'

// `pnpm run try-clients` generates a client from the document by each tool, compiles it, and lists, creates, views,
// renames and revokes a key with it. It takes half an hour, and installs each tool of its registry in a temporary folder.
// Names of tools as words, such as `ogen hey-api`, try these alone.

const run = promisify(execFile)
const words = process.argv.slice(2)
const service = await startService()
const folder = await mkdtemp(join(tmpdir(), 'clients-'))
const { address: KEYS_URL, token: KEYS_TOKEN, project: KEYS_PROJECT } = service
const env = { ...process.env, KEYS_URL, KEYS_TOKEN, KEYS_PROJECT, CARGO_TARGET_DIR: join(folder, 'target') }

const isInstalled = (program: string) =>
  (process.env.PATH ?? '').split(':').some((place) => existsSync(join(place, program)))

async function outcomeOf({ name, needs, commands, outcome = 'works' }: Tool): Promise<string> {
  const missing = needs.filter((program) => !isInstalled(program))
  if (missing.length > 0) return `not run, because ${missing.join(', ')} is not on the PATH`
  const cwd = join(folder, name)
  const program = join(import.meta.dirname, 'programs', name)
  await (existsSync(program) ? cp(program, cwd, { recursive: true }) : mkdir(cwd))
  for (const command of commands) {
    try {
      await run('nice', ['-n', '10', 'sh', '-c', command], { cwd, env, maxBuffer: 1 << 26 })
    } catch (error) {
      console.error(error instanceof Error ? error.message : error)
      return `fails at: ${command}`
    }
  }
  return outcome
}

try {
  await writeFile(join(folder, 'document.json'), await (await fetch(`${KEYS_URL}/v0/server/spec`)).text())
  const tried = TOOLS.filter(({ name }) => words.length === 0 || words.includes(name))
  const table = []
  for (const tool of tried) {
    const outcome = await outcomeOf(tool)
    table.push({ tool: tool.name, version: tool.version, outcome })
    console.log(`${tool.name} ${tool.version}: ${outcome}`)
  }
  console.table(table)
  if (table.some(({ outcome }) => outcome.startsWith('fails'))) process.exitCode = 1
} finally {
  await service.close()
  await rm(folder, { recursive: true, force: true })
}
