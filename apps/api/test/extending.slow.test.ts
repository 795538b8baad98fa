import { execFile } from 'node:child_process'
import { cp, glob, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../../..')
const NOT_SOURCES = /^(node_modules|\.git|\.svelte-kit|\.turbo|\.results|build|data)$/
const MINUTES = 60_000 // ms

/** The tests that the page's examples bring, and those of the suite that every extension must pass. */
const EXAMPLES = ['key-note', 'expire-key', 'labels']
const CONTRACT = [
  ...['access', 'console-access', 'foreign-ids', 'stale-answers', 'permissions', 'openapi', 'stock-adapter'],
  ...['rest-and-trpc', 'refusals', 'error-codes', 'structure', 'cost', 'create-key', 'list-keys'],
  ...['view-rename-revoke-key', 'trpc', 'totals', 'verify', 'spellings', 'stored-values', 'list-pages', 'faults'],
  ...['held-changes', 'lists-and-may', 'credentials', 'exposed-headers', 'fuzz', 'session-ends', 'refused-for-good'],
]
/** How many files a person writes at most. */
const MOST_FILES = { 'A field': 6, 'An endpoint': 3, 'A noun': 8 }

const copy = await mkdtemp(join(tmpdir(), 'extending-test-'))
afterAll(() => rm(copy, { recursive: true, force: true }))

const blocks = await blocksOf('docs/extending.md')

test.each(Object.entries(MOST_FILES))('%s touches at most %i files', (section, most) => {
  const files = new Set(blocks.filter((block) => block.section === section).map(({ path }) => path))
  expect(files.size).toBeGreaterThan(0)
  expect([...files].slice(most)).toEqual([])
})

beforeAll(async () => {
  await copySources()
  for (const block of blocks) await apply(block)
  // As `pnpm generate` does: Prisma wants the path of an engine that it does not call here.
  await run('prisma', ['generate'], '', { PRISMA_SCHEMA_ENGINE_BINARY: 'package.json' })
  await vitest(['error-codes', 'client-types'], '-u')
}, 5 * MINUTES)

test.each(['apps/api', 'packages/keys'])(
  'the examples type-check in %s',
  { timeout: 5 * MINUTES },
  async (workspace) => {
    expect(await run('tsc', ['--noEmit'], workspace)).toBe('')
  },
)

test('the examples type-check in the console', { timeout: 5 * MINUTES }, async () => {
  await run('svelte-kit', ['sync'], 'apps/web')
  expect(await run('svelte-check', ['--tsconfig', './tsconfig.json'], 'apps/web')).toContain('found 0 errors')
})

test('the examples pass their own tests and the contract tests', { timeout: 10 * MINUTES }, async () => {
  const said = await vitest([...EXAMPLES, ...CONTRACT])
  expect(said).toMatch(new RegExp(`Test Files +${EXAMPLES.length + CONTRACT.length} passed`))
  expect(said).toMatch(/Tests +\d+ passed \(/)
})

/** Test files of the API, in the copy. */
function vitest(names: string[], ...options: string[]) {
  const env = { TEST_DATABASE_URL: inject('postgres').url }
  return run('vitest', ['run', ...names.map((name) => `test/${name}.test.ts`), ...options], 'apps/api', env)
}

/** Copies the sources and links what is installed, except the workspace's own packages, which are those of the copy. */
async function copySources() {
  await cp(ROOT, copy, { recursive: true, filter: (path) => path === ROOT || !NOT_SOURCES.test(basename(path)) })
  for await (const installed of glob(['node_modules', '{apps,packages}/*/node_modules'], { cwd: ROOT })) {
    await mkdir(join(copy, installed))
    for (const name of await readdir(join(ROOT, installed))) await link(join(installed, name))
  }
}

async function link(path: string): Promise<void> {
  // SvelteKit generates the console's types for each copy.
  if (/\/(\$app|\.vite.*)$/.test(path)) return
  if (!path.endsWith('/@project-keys')) return symlink(join(ROOT, path), join(copy, path))
  await mkdir(join(copy, path))
  for (const name of await readdir(join(ROOT, path))) {
    const own = await realpath(join(ROOT, path, name))
    await symlink(join(copy, relative(await realpath(ROOT), own)), join(copy, path, name))
  }
}

type Block = { section: string; path: string; isChange: boolean; text: string }

/** The code blocks that name a file: a new file or, as `diff`, a change to one. */
async function blocksOf(page: string): Promise<Block[]> {
  const sections = (await readFile(join(ROOT, page), 'utf8')).split(/^## /m)
  return sections.flatMap((section) =>
    [...section.matchAll(/^```(\w+) ([^\n]+)\n(.*?)^```$/gms)].map(([, language, path = '', text = '']) => ({
      section: section.slice(0, section.indexOf('\n')),
      path,
      isChange: language === 'diff',
      text,
    })),
  )
}

async function apply({ path, isChange, text }: Block) {
  const file = join(copy, path)
  if (!isChange) {
    await mkdir(dirname(file), { recursive: true })
    return writeFile(file, text, { flag: 'wx' })
  }
  const lines = text.split('\n').slice(0, -1)
  const without = (sign: string) =>
    lines.flatMap((line) => (line.startsWith(sign) ? [] : `${line.slice(1)}\n`)).join('')
  const parts = (await readFile(file, 'utf8')).split(without('+'))
  expect([path, parts.length], `this must be in ${path} once:\n${without('+')}`).toEqual([path, 2])
  return writeFile(file, parts.join(without('-')))
}

/** The output of a program of a workspace, without colours. */
async function run(program: string, words: string[], workspace = '', more: Record<string, string> = {}) {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NO_COLOR: '1', ...more }
  const cwd = join(copy, workspace)
  const binary = join(cwd, 'node_modules/.bin', program)
  const done = await promisify(execFile)(binary, words, { cwd, env, maxBuffer: 2 ** 25 }).catch(
    (error: { stdout: string; stderr: string }) => error,
  )
  return done.stdout + done.stderr
}
