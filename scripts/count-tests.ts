import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

// Adds up the results of `pnpm test` and `pnpm test:slow` in all workspaces, and names each test that failed or had to be
// tried again. Fails if any test or check failed, or if none ran.
const RESULTS = new Map([
  ['test', 'vitest.json'],
  ['test:slow', 'slow.json'],
])
const results = globSync('{apps,examples,packages}/*/.results/*.json').map((file) => ({ file, ...count(file) }))
const passed = results.reduce((sum, { passed }) => sum + passed, 0)
const failed = results.reduce((sum, { failed }) => sum + failed, 0) + failedTasks()
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

function count(file: string) {
  const files = list(read(file), 'testResults')
  const tests = files.flatMap((file) => list(file, 'assertionResults'))
  const statuses = tests.map((test) => field(test, 'status'))
  // A file that cannot be loaded fails without a test.
  const broken = files.filter(
    (file) => field(file, 'status') === 'failed' && list(file, 'assertionResults').length === 0,
  )
  for (const thing of [...tests, ...broken]) report(folderOf(file), thing)
  const passed = statuses.filter((status) => status === 'passed').length
  const failed = statuses.filter((status) => status === 'failed').length + broken.length
  return { passed, failed }
}

/** Reports a test that failed, or passed only when it was tried again, or a file that could not be loaded. */
function report(folder: string, thing: unknown) {
  const [error = field(thing, 'message')] = list(thing, 'failureMessages')
  if (!error) return
  const text = String(error).replace(/\n.*\/node_modules\/.*/g, '')
  const outcome = field(thing, 'status') === 'passed' ? 'tried again' : 'failed'
  console.log(`${outcome}: ${folder}: ${field(thing, 'fullName') ?? field(thing, 'name')}\n${text}\n`)
}

/**
 * The tasks that failed, except test runs whose failed tests are counted already. Each command leaves one summary; a
 * command without one has failed itself. Both may name the same failed build: it counts once.
 */
function failedTasks() {
  const summaries = globSync('.turbo/runs/*.json').map(read)
  const failed = summaries
    .flatMap((summary) => list(summary, 'tasks'))
    .filter((task) => field(field(task, 'execution'), 'exitCode') !== 0 && !isCounted(task))
  return new Set(failed.map((task) => field(task, 'taskId'))).size + Math.max(0, RESULTS.size - summaries.length)
}

function isCounted(task: unknown) {
  const file = RESULTS.get(String(field(task, 'task')))
  return results.some(
    (result) =>
      result.failed > 0 && basename(result.file) === file && folderOf(result.file) === field(task, 'directory'),
  )
}

function folderOf(file: string) {
  return join(dirname(file), '..')
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}

function field(thing: unknown, name: string): unknown {
  return thing && typeof thing === 'object' ? Reflect.get(thing, name) : undefined
}

function list(thing: unknown, name: string): unknown[] {
  const value = field(thing, name)
  return Array.isArray(value) ? value : []
}
