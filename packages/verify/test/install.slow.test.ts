import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test, vi } from 'vitest'
import root from '../../../package.json' with { type: 'json' }
import manifest from '../package.json' with { type: 'json' }
import { createWorld } from './world.ts'

// Packs the package as a release does, and installs it in an empty project outside of this repository, with the oldest
// Node that it supports.

const HERE = join(import.meta.dirname, '..')
const OLDEST_NODE = `${manifest.engines.node.replace('>=', '')}.0`
const TIMEOUT = 300_000 // ms
vi.setConfig({ testTimeout: TIMEOUT })

const folder = await mkdtemp(join(tmpdir(), 'verify-install-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const world = await createWorld()
const { key, uuid } = await world.createKey({ name: 'installed' })
const tarball = await pack()
await install()

/** Runs a program; its output is part of the error if it fails. */
async function run(program: string, words: string[], cwd = folder) {
  const env = { ...process.env, KEYS_DATABASE_URL: world.url, KEY: key }
  const options = { cwd, env, shell: process.platform === 'win32', timeout: TIMEOUT }
  const { stdout } = await promisify(execFile)(program, words, options).catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}`)
  })
  return stdout
}

function pnpm(words: string[], cwd = folder) {
  return run('npx', ['-y', `pnpm@${root.devEngines.packageManager.version}`, ...words], cwd)
}

function installed(name: string) {
  return join(folder, 'node_modules/.bin', name)
}

async function pack() {
  await pnpm(['pack', '--pack-destination', folder], HERE)
  const [name = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  return join(folder, name)
}

/** The frameworks and TypeScript are of the versions that this repository uses. */
async function install() {
  await cp(join(import.meta.dirname, 'consumer'), folder, { recursive: true })
  const others = ['@hono/node-server', '@types/express', '@types/node', 'express', 'fastify', 'hono', 'typescript']
  const versions = await Promise.all(others.map(async (name) => [name, await versionOf(name)]))
  const dependencies = { [manifest.name]: `file:${tarball}`, node: OLDEST_NODE, ...Object.fromEntries(versions) }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }))
  await pnpm(['install'])
}

async function versionOf(name: string): Promise<string> {
  return JSON.parse(await readFile(join(HERE, 'node_modules', name, 'package.json'), 'utf8')).version
}

test('publint and "are the types wrong" find nothing', async () => {
  expect(await run(join(HERE, 'node_modules/.bin/publint'), ['--strict', tarball])).toContain('All good!')
  // It fails if it finds something. The package has ES modules alone, and role.sql is no module.
  const options = ['--profile', 'esm-only', '--exclude-entrypoints', 'role.sql']
  expect(await run(join(HERE, 'node_modules/.bin/attw'), [tarball, ...options])).toContain(manifest.name)
})

test('it holds no server code, no test, and a source for every source map', async () => {
  const names = await readdir(join(folder, 'node_modules', manifest.name), { recursive: true })
  expect(names.filter((name) => /test|bench|postgres|prisma/.test(name))).toEqual([])
  const modules = names.flatMap((name) => /^dist.(.*)\.js$/.exec(name)?.[1] ?? [])
  expect(modules).toContain('verifier')
  for (const name of modules) {
    for (const file of [`dist/${name}.d.ts`, `dist/${name}.d.ts.map`, `dist/${name}.js.map`, `src/${name}.ts`]) {
      expect(names).toContain(join(file))
    }
  }
})

test('plain JavaScript verifies a key on the oldest Node', async () => {
  expect(await run(installed('node'), ['--version'])).toBe(`v${OLDEST_NODE}\n`)
  const verdict = JSON.parse(await run(installed('node'), ['plain.js']))
  expect(verdict).toMatchObject({ valid: true, key: { uuid, name: 'installed', project: { slug: 'example' } } })
})

test('TypeScript finds no error in our declarations, and Fastify, Hono and Express accept the key', async () => {
  const messages = await run(installed('tsc'), ['-p', '.', '--pretty', 'false']).catch(String)
  expect(messages.split('\n').filter((line: string) => /project-keys|^services\.ts/.test(line))).toEqual([])
  const found = JSON.parse(await run(installed('node'), ['built/services.js']))
  for (const framework of ['fastify', 'hono', 'express']) {
    expect(found[framework]).toMatchObject({
      good: [200, { name: 'installed', key: 'test_run_[redacted]' }],
      anonymous: [401, { error_code: 'missing' }],
    })
  }
})
