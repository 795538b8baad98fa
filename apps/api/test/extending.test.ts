import { execFile } from 'node:child_process'
import { cp, glob, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../../..')
const NOT_SOURCES = /^(node_modules|\.git|\.svelte-kit|\.turbo|\.results|build|data)$/
const PATIENCE = 120_000

const copy = await mkdtemp(join(tmpdir(), 'extending-test-'))
afterAll(() => rm(copy, { recursive: true, force: true }))

beforeAll(async () => {
  await copySources()
  for (const block of await blocksOf('docs/extending.md')) await apply(block)
  // As `pnpm generate` does: any file will do for an engine that is not called.
  await run('prisma', ['generate'], '', { PRISMA_SCHEMA_ENGINE_BINARY: 'package.json' })
}, PATIENCE)

test.concurrent('the example of docs/extending.md type-checks in the API', { timeout: PATIENCE }, async () => {
  expect(await run('tsc', ['--noEmit'], 'apps/api')).toBe('')
})

test.concurrent('the example of docs/extending.md type-checks in the console', { timeout: PATIENCE }, async () => {
  await run('svelte-kit', ['sync'], 'apps/web')
  expect(await run('svelte-check', ['--tsconfig', './tsconfig.json'], 'apps/web')).toContain('found 0 errors')
})

test.concurrent('the example of docs/extending.md answers over HTTP as its test says', {
  timeout: PATIENCE,
}, async () => {
  const env = { TEST_DATABASE_URL: inject('postgres').url }
  expect(await run('vitest', ['run', 'test/key-note.test.ts'], 'apps/api', env)).toMatch(/Tests\s+2 passed/)
})

/** The sources, beside links to what is installed; the workspace's own packages are those of the copy. */
async function copySources() {
  await cp(ROOT, copy, { recursive: true, filter: (path) => !NOT_SOURCES.test(basename(path)) })
  for await (const installed of glob(['node_modules', '{apps,packages}/*/node_modules'], { cwd: ROOT })) {
    await mkdir(join(copy, installed))
    for (const name of await readdir(join(ROOT, installed))) await link(join(installed, name))
  }
}

async function link(path: string): Promise<void> {
  // The console's types are made here, for each copy anew.
  if (/\/(\$app|\.vite.*)$/.test(path)) return
  if (!path.endsWith('/@project-keys')) return symlink(join(ROOT, path), join(copy, path))
  await mkdir(join(copy, path))
  for (const name of await readdir(join(ROOT, path))) {
    const own = await realpath(join(ROOT, path, name))
    await symlink(join(copy, relative(await realpath(ROOT), own)), join(copy, path, name))
  }
}

type Block = { path: string; isChange: boolean; text: string }

/** The code blocks that name a file: a whole new one or, as `diff`, a change of one that is there. */
async function blocksOf(page: string): Promise<Block[]> {
  const text = await readFile(join(ROOT, page), 'utf8')
  return [...text.matchAll(/^```(\w+) (\S+)\n(.*?)^```$/gms)].map(([, language, path = '', text = '']) => ({
    path,
    isChange: language === 'diff',
    text,
  }))
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

/** What a program of a workspace says, without colours. */
async function run(program: string, words: string[], workspace = '', more: Record<string, string> = {}) {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NO_COLOR: '1', ...more }
  const cwd = join(copy, workspace)
  const binary = join(cwd, 'node_modules/.bin', program)
  const done = await promisify(execFile)(binary, words, { cwd, env }).catch(
    (error: { stdout: string; stderr: string }) => error,
  )
  return done.stdout + done.stderr
}
