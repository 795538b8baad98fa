import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

// Sums up the last run of all packages' tests, and names those that failed or had to be tried again. Fails where any
// failed, or none ran.
const packages = new Map(
  globSync('{apps,examples,packages}/*/.results/vitest.json').map((file) => [folderOf(file), count(file)]),
)
const counts = [...packages.values()]
const passed = counts.reduce((sum, { passed }) => sum + passed, 0)
const failed = counts.reduce((sum, { failed }) => sum + failed, 0) + failedTasks()
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

function count(file: string) {
  const files = list(read(file), 'testResults')
  const tests = files.flatMap((file) => list(file, 'assertionResults'))
  const statuses = tests.map((test) => field(test, 'status'))
  // A file that can't be loaded has failed without any test.
  const broken = files.filter(
    (file) => field(file, 'status') === 'failed' && list(file, 'assertionResults').length === 0,
  )
  for (const thing of [...tests, ...broken]) tell(folderOf(file), thing)
  const passed = statuses.filter((status) => status === 'passed').length
  const failed = statuses.filter((status) => status === 'failed').length + broken.length
  return { passed, failed }
}

/** Says what went wrong with a test, be it that it passed when tried again, or with a file that can't be loaded. */
function tell(folder: string, thing: unknown) {
  const [error = field(thing, 'message')] = list(thing, 'failureMessages')
  if (!error) return
  const said = String(error).replace(/\n.*\/node_modules\/.*/g, '')
  const outcome = field(thing, 'status') === 'passed' ? 'tried again' : 'failed'
  console.log(`${outcome}: ${folder}: ${field(thing, 'fullName') ?? field(thing, 'name')}\n${said}\n`)
}

/** A check that failed is one failure, and so are tests that ended without saying which of them failed. */
function failedTasks() {
  const [summary] = globSync('.turbo/runs/*.json')
  if (!summary) return 1
  const failed = list(read(summary), 'tasks').filter((task) => field(field(task, 'execution'), 'exitCode') !== 0)
  return failed.filter((task) => !counted(task)).length
}

function counted(task: unknown) {
  const folder = field(task, 'directory')
  return field(task, 'task') === 'test' && typeof folder === 'string' && (packages.get(folder)?.failed ?? 0) > 0
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
