import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERROR_CODES } from '@project-keys/keys'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'

const ROOT = join(import.meta.dirname, '../../..')
const listed = Object.entries(ERROR_CODES).map(([code, { status, meaning }]) => ({ code, status, meaning }))
const codes = listed.map(({ code }) => code)

const sources = globSync(['packages/{verify,keys}/src/**/*.ts', 'apps/api/src/**/*.ts'], { cwd: ROOT })
  .filter((file) => !/\.(test|fixture)\.ts$|generated/.test(file))
  .map((file) => ({ file: file.replaceAll('\\', '/'), text: readFileSync(join(ROOT, file), 'utf8') }))

test('the page of errors lists every code with its status and meaning, and no other: `vitest -u` writes them', async () => {
  const path = join(ROOT, 'docs/errors.md')
  const table = listed.map(({ status, code, meaning }) => `| ${status} | \`${code}\` | ${meaning} |\n`).join('')
  await expect(readFileSync(path, 'utf8').replace(/(^\| \d+ \| .*\n)+/m, () => table)).toMatchFileSnapshot(path)
})

test('the OpenAPI document lists every code, and allows new ones', async () => {
  const service = await startService()
  const { body } = await service.send('GET', '/v0/server/spec')
  const Spec = z.object({ components: z.object({ schemas: z.object({ Error: z.custom<Schema>() }) }) })
  const schema = Spec.parse(body).components.schemas.Error
  expect(schema).toMatchObject({ properties: { error_code: { 'x-extensible-enum': codes } } })
  const refusal = { request_id: crypto.randomUUID(), message: 'New.', error_code: 'of_next_year' }
  expect(z.fromJSONSchema(schema).safeParse(refusal).success).toBe(true)
})
type Schema = Parameters<typeof z.fromJSONSchema>[0]

test('every code is lower_snake_case, and has a place in the sources that produces it', () => {
  const text = sources
    .filter(({ file }) => file !== 'packages/verify/src/error-codes.ts')
    .map((source) => source.text)
    .join('\n')
  for (const code of codes) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect([code, text.includes(`'${code}'`)]).toEqual([code, true])
  }
})

test('a refusal is made in one place, so that none goes without a code', () => {
  const makers = sources.filter(({ text }) => text.includes('new TRPCError')).map(({ file }) => file)
  expect(makers).toEqual(['packages/keys/src/trpc/errors.ts'])
})
