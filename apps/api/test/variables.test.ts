import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readConfig } from '../src/config.ts'
import { variables } from './variables.ts'

const ROOT = join(import.meta.dirname, '../../..')
const read = (path: string) => readFile(join(ROOT, path), 'utf8')

/** The rows of the table of variables: name and default. */
async function rows() {
  const found = (await read('docs/operations.md')).matchAll(/^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\| \S.* \|$/gm)
  return [...found].map(([, name = '', value]) => ({ name, value }))
}

test('docs/operations.md names every variable of the configuration, and no other', async () => {
  expect((await rows()).map(({ name }) => name).toSorted()).toEqual(variables())
})

test('the defaults in docs/operations.md are those of the code', async () => {
  for (const { name, value } of await rows()) {
    if (value !== undefined) expect([name, readConfig({ [name]: value })]).toEqual([name, readConfig({})])
  }
  const given = (await rows()).filter(({ value }) => value !== undefined).map(({ name }) => name)
  expect(given).toEqual(expect.arrayContaining(['HOST', 'PORT', 'WEB_PORT', 'DATA_DIR', 'RATE_LIMITS', 'LOG_LEVEL']))
})

test('`pnpm dev` hands on every variable', async () => {
  const Turbo = z.object({ tasks: z.object({ dev: z.object({ passThroughEnv: z.array(z.string()) }) }) })
  const { tasks } = Turbo.parse(JSON.parse(await read('turbo.json')))
  expect(tasks.dev.passThroughEnv.toSorted()).toEqual(['OTEL_*', ...variables()].toSorted())
})

test('CONTRIBUTING.md has a line for every script of the root', async () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await read('package.json')))
  const named = [...(await read('CONTRIBUTING.md')).matchAll(/^\| `pnpm (?:run )?([a-z:-]+)/gm)].map(([, name]) => name)
  expect(named.toSorted()).toEqual(Object.keys(scripts).toSorted())
})
