import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { expectDocumented, type Operation, readOperations } from './document.ts'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, type Project } from './world.ts'

const service = await startService()
const { admin } = service
let operations: Operation[]
let project: Project
/** The existing ids for paths, and credentials of each kind. */
const known: string[] = []
const tokens: (string | undefined)[] = [undefined, 'x', admin.token]

beforeAll(async () => {
  operations = await readOperations(service)
  project = await createProject(service, admin)
  const key = await createKey(service, admin, project, { name: 'ci' })
  const revoked = await createKey(service, admin, project, { name: 'old' })
  await service.send('DELETE', keyOf(project, revoked), admin)
  known.push(project.slug, project.uuid, project.organization, key.uuid, revoked.uuid, 'owner', 'example')
  tokens.push(key.key, revoked.key)
})

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ maxLength: 80 }),
  fc.constantFrom('\0', '\ud800', '%', '../', "'", '🚀'),
)
/** Requests of each endpoint: more find more, and this is a few seconds for all. */
const RUNS = 30
const EDGES = [0, 1, -1, 255, 256, 4294967295, 4294967296, 1.5, 1e21, 2 ** 53, -0]

/** Values near what the schema wants, on both sides of its borders, and others that have nothing to do with it. */
const valueFor = (schema: unknown) => {
  const examples = z.object({ enum: z.array(z.string()).optional() }).safeParse(schema).data?.enum ?? []
  return fc.oneof(
    anyText,
    fc.constantFrom<unknown>(...EDGES, ...known, ...examples, 'a', true, false, null, ''),
    fc.jsonValue(),
  )
}

/** Few values, so that some come again. */
const headerValue = fc.oneof(
  fc.constantFrom('a', '"a"', '"', ''),
  fc.string({ unit: fc.constantFrom(...'"\\ a\u00e9') }),
)

/** A request of this operation: every part of it may be good, bad or absent. */
const requestOf = ({ path, parameters, requestBody }: Operation) => {
  const names = [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => name ?? [])
  const places = fc.record(
    Object.fromEntries(names.map((name) => [name, fc.oneof(fc.constantFrom(...known), anyText)])),
  )
  const asked = parameters.filter((parameter) => parameter.in === 'query')
  const query = fc.record(Object.fromEntries(asked.map(({ name, schema }) => [name, valueFor(schema)])), {
    requiredKeys: [],
  })
  const schema = requestBody?.content['application/json'].schema
  const fields = z.object({ properties: z.record(z.string(), z.unknown()) }).safeParse(schema).data?.properties ?? {}
  const object = fc.record(
    Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, valueFor(schema)])),
    { requiredKeys: [] },
  )
  const body = schema ? fc.oneof({ weight: 4, arbitrary: object }, fc.jsonValue(), anyText) : fc.constant(undefined)
  const named = parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name)
  const headers = named.length > 0 ? fc.dictionary(fc.constantFrom(...named), headerValue) : fc.constant({})
  return fc.record({ places, query, headers, body, token: fc.constantFrom(...tokens) })
}

const textOf = (value: unknown) => (value && typeof value === 'object' ? JSON.stringify(value) : String(value))
const well = (text: string) => encodeURIComponent(text.toWellFormed())

test('no request of any endpoint is answered with a 5xx, or otherwise than the document says', async () => {
  for (const operation of operations) {
    const property = fc.asyncProperty(requestOf(operation), async ({ places, query, headers, body, token }) => {
      // An empty segment, or one of dots alone, is another path.
      const segment = (name: string) => well(String(places[name] ?? '')).replace(/^\.{0,2}$/, 'x')
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => segment(name))
      const text = Object.entries(query)
        .map(([name, value]) => `${name}=${well(textOf(value))}`)
        .join('&')
      const answer = await service.send(operation.method, `${path}?${text}`, { token, headers, body })
      expect(answer.status).toBeLessThan(500)
      expectDocumented(operation, answer)
    })
    await fc.assert(property, { numRuns: RUNS })
  }
})
