import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { installPacked } from '../../../install.shared.ts'
import manifest from '../package.json' with { type: 'json' }
import { createWorld } from './world.ts'

// Installs the package in an empty project, with the oldest Node that it supports.

const HERE = join(import.meta.dirname, '..')
const OLDEST_NODE = `${manifest.engines.node.replace('>=', '')}.0`
vi.setConfig({ testTimeout: 300_000 })

const world = await createWorld()
const { key, uuid } = await world.createKey({ name: 'installed' })
const { folder, tarball, run, runInstalled, remove } = await installPacked({
  of: HERE,
  consumer: join(import.meta.dirname, 'consumer'),
  others: ['@hono/node-server', '@types/express', '@types/node', 'express', 'fastify', 'hono', 'typescript'],
  versions: { node: OLDEST_NODE },
  env: { KEYS_DATABASE_URL: world.url, KEY: key },
})
afterAll(remove)

test('publint and "are the types wrong" find nothing', async () => {
  expect(await run(join(HERE, 'node_modules/.bin/publint'), ['--strict', tarball])).toContain('All good!')
  // It fails if it finds something. The package has ES modules alone, and role.sql is no module.
  const options = ['--profile', 'esm-only', '--exclude-entrypoints', 'role.sql']
  expect(await run(join(HERE, 'node_modules/.bin/attw'), [tarball, ...options])).toContain(manifest.name)
})

test('it holds no server code, no test, and a source for every source map', async () => {
  const names = await readdir(join(folder, 'node_modules', manifest.name), { recursive: true })
  expect(names.filter((name) => /(^|[./])(test|bench)|postgres|prisma/.test(name))).toEqual([])
  const modules = names.flatMap((name) => /^dist.(.*)\.js$/.exec(name)?.[1] ?? [])
  expect(modules).toContain('verifier')
  for (const name of modules) {
    for (const file of [`dist/${name}.d.ts`, `dist/${name}.d.ts.map`, `dist/${name}.js.map`, `src/${name}.ts`]) {
      expect(names).toContain(join(file))
    }
  }
})

test('plain JavaScript verifies a key on the oldest Node', async () => {
  expect(await runInstalled('node', ['--version'])).toBe(`v${OLDEST_NODE}\n`)
  const verdict = JSON.parse(await runInstalled('node', ['plain.js']))
  expect(verdict).toMatchObject({ valid: true, key: { uuid, name: 'installed', project: { slug: 'example' } } })
})

test('TypeScript finds no error in our declarations, and Fastify, Hono and Express accept the key', async () => {
  const messages = await runInstalled('tsc', ['-p', '.', '--pretty', 'false']).catch(String)
  expect(messages.split('\n').filter((line: string) => /project-keys|^services\.ts/.test(line))).toEqual([])
  const found = JSON.parse(await runInstalled('node', ['built/services.js']))
  for (const framework of ['fastify', 'hono', 'express']) {
    expect(found[framework]).toMatchObject({
      good: [200, { name: 'installed', key: 'test_run_[redacted]' }],
      anonymous: [401, { error_code: 'missing' }],
    })
  }
})
