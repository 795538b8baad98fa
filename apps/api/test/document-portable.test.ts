import { appRouter } from '@project-keys/keys'
import { describe, expect, test } from 'vitest'
import { describeApi } from '../src/rest/document.ts'
import { SERVER } from './service.ts'

// Each generator of clients reads a part of OpenAPI. Here are the parts that one of them does not read, or reads so that
// the client does not compile or refuses what the server takes. `pnpm run try-clients` runs the generators.

type Part = Record<string, unknown>
const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value)

type Found = { at: string; part: Part }
/** All objects in a part of the document, with their places. */
function partsOf(value: unknown, at = ''): Found[] {
  const inside = Array.isArray(value) || isPart(value) ? Object.entries(value) : []
  const found = inside.flatMap(([name, item]) => partsOf(item, `${at}/${name}`))
  return isPart(value) ? [{ at, part: value }, ...found] : found
}

const document = describeApi(appRouter, SERVER)
const parts = partsOf(document)
const placesOf = (isWrong: (part: Part, at: string) => boolean) =>
  parts.filter(({ part, at }) => isWrong(part, at)).map(({ at }) => at)
const operations = parts.filter(({ part }) => typeof part.operationId === 'string').map(({ part }) => part)

/** Names that are the same to a generator, whatever form it gives them. */
const folded = (name: unknown) =>
  String(name)
    .replaceAll(/[^a-z0-9]/gi, '')
    .toLowerCase()
const repeated = (names: unknown[]) => names.map(folded).filter((name, index, all) => all.indexOf(name) !== index)

describe('a generated client', () => {
  test('reads responses that gain a field, nested ones too', () => {
    expect(placesOf(({ additionalProperties }) => additionalProperties === false)).toEqual([])
  })

  test('can be made from 3.0.3, the version that all generators read', () => {
    expect(document.openapi).toBe('3.0.3')
    const ofLater = ['const', 'examples', 'prefixItems', '$defs', 'if', 'contentEncoding', 'exclusiveMinimum']
    const isSchema = (part: Part) => 'type' in part || 'properties' in part
    expect(placesOf((part) => isSchema(part) && ofLater.some((word) => word in part))).toEqual([])
    expect(placesOf(({ type }) => Array.isArray(type) || type === 'null')).toEqual([])
  })

  test('has each operation once', () => {
    expect(operations.length).toBeGreaterThan(40)
    const tags = Array.isArray(document.tags) ? document.tags.map(({ name }) => name) : []
    for (const { operationId, tags: own } of operations) {
      expect([operationId, own]).toEqual([operationId, [expect.toBeOneOf(tags)]])
    }
    expect(repeated(operations.map(({ operationId }) => operationId))).toEqual([])
  })

  test('has each type once, because schemas, responses and ways to authenticate share their names', () => {
    const { examples: _, ...components } = document.components
    const names = Object.values(components).flatMap((kind) => (isPart(kind) ? Object.keys(kind) : []))
    expect(names.length).toBeGreaterThan(20)
    expect(repeated(names)).toEqual([])
    expect(names.filter((name) => !/^[A-Za-z][A-Za-z0-9-]*$/.test(name))).toEqual([])
  })

  test('has no parameter twice, and none with the name of another field of the same request', () => {
    for (const { operationId, parameters, requestBody } of operations) {
      const names = Array.isArray(parameters) ? parameters.map(({ name }) => name) : []
      const fields = partsOf(requestBody).flatMap(({ part }) =>
        isPart(part.properties) ? Object.keys(part.properties) : [],
      )
      expect([operationId, repeated([...names, ...fields])]).toEqual([operationId, []])
    }
  })

  test('knows the type of every value, and can hold it', () => {
    // Without a format, an integer has 32 bits in some clients: 4294967295 seconds need more.
    expect(placesOf(({ type, format }) => type === 'integer' && format !== 'int64')).toEqual([])
    expect(placesOf(({ type }) => type === 'number')).toEqual([])
    expect(placesOf(({ schema }) => isPart(schema) && Object.keys(schema).length === 0)).toEqual([])
    expect(placesOf(({ type, enum: values }) => type === 'boolean' && values !== undefined)).toEqual([])
    const formats = parts.flatMap(({ part }) => (typeof part.format === 'string' ? [part.format] : []))
    expect([...new Set(formats)].sort()).toEqual(['date', 'date-time', 'int64', 'uuid'])
  })

  test('finds nothing beside a reference, and a wrapped one only where its type has a name', () => {
    expect(placesOf((part) => '$ref' in part && Object.keys(part).length > 1)).toEqual([])
    const wrapped = parts.flatMap(({ part }) => (Array.isArray(part.allOf) ? part.allOf : []))
    for (const { $ref } of wrapped) {
      const target = parts.find(({ at }) => `#${at}` === $ref)?.part
      expect([$ref, target && ('enum' in target || target.type === 'object')]).toEqual([$ref, true])
    }
  })

  test('expects a body only where there is one', () => {
    expect(placesOf((part, at) => at.endsWith('/204') && 'content' in part)).toEqual([])
    expect(placesOf((part, at) => /\/(get|delete)$/.test(at) && 'requestBody' in part)).toEqual([])
  })
})

describe('a reader', () => {
  test('finds what an operation does, and which credential it takes', () => {
    for (const { operationId, summary, description, security } of operations) {
      expect([operationId, summary]).toEqual([operationId, expect.stringMatching(/^[A-Z].+[^.]$/)])
      expect([operationId, description]).toEqual([operationId, expect.stringMatching(/^[A-Z`].+[.)]$/)])
      expect([operationId, security]).toEqual([operationId, expect.any(Array)])
    }
    const open = operations.filter(({ security }) => Array.isArray(security) && security.length === 0)
    expect(open.map(({ operationId }) => operationId).sort()).toEqual(
      [
        'auth-confirm',
        'auth-login',
        'auth-signUp',
        'server-auditKey',
        'server-console',
        'server-spec',
        'server-version',
      ].sort(),
    )
  })

  test('finds an example of every text and number in a key', () => {
    const { ProjectKey, ProjectKeyCreated } = document.components.schemas
    const properties = [ProjectKey, ProjectKeyCreated].flatMap((schema) =>
      partsOf(schema).filter(({ at }) => /^\/properties\/\w+$/.test(at)),
    )
    expect(properties.length).toBeGreaterThan(10)
    const isShown = (part: Part) => '$ref' in part || 'example' in part
    expect(properties.filter(({ part }) => !isShown(part)).map(({ at }) => at)).toEqual([])
    const text = JSON.stringify(operations)
    expect(text).toContain('"example":7776000')
  })
})

/** What RE2, PCRE, Java, Python, .NET and Rust read as JavaScript does, whether they count bytes or letters. */
const ESCAPE = String.raw`\\[dSw./]|\\x[0-7][0-9a-f]`
const SET = String.raw`\[(?:${ESCAPE}|[^\\[\]])+\]`
const PORTABLE = new RegExp(String.raw`^(?:${ESCAPE}|${SET}|\((?:\?:|(?!\?))|[^\\([])+$`)
/** Rust calculates with sets by these, and where a dialect counts bytes, other letters are several. */
const SPECIAL = /&&|--|~~|[^ -~]/
/** Java and PCRE never go back into what these took. */
const POSSESSIVE = /[+*?}]\+/
const isRead = (pattern: string) =>
  PORTABLE.test(pattern) && !SPECIAL.test(pattern) && !POSSESSIVE.test(pattern.replaceAll(new RegExp(SET, 'g'), '[]'))

describe('the patterns', () => {
  const patterns = parts.flatMap(({ part }) => (typeof part.pattern === 'string' ? [part.pattern] : []))

  test('are read alike by all dialects of regular expressions', () => {
    expect(patterns.length).toBeGreaterThan(5)
    expect(patterns.filter((pattern) => !isRead(pattern))).toEqual([])
  })

  test.each(['^\\u0041$', '^a(?=b)$', '^a(?!b)$', '^(?<a>b)$', '^\\p{L}$', '^a++$', '[a&&b]', '[[a]]', 'é'])(
    'may not be %j',
    (pattern) => expect(isRead(pattern)).toBe(false),
  )
})
