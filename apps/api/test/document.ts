import { expect } from 'vitest'
import { z } from 'zod'
import type { Answer } from './http.ts'
import type { Service } from './service.ts'

/** A JSON Schema that Zod can read. */
const Schema = z.custom<Parameters<typeof z.fromJSONSchema>[0]>(
  (value) => typeof value === 'object' || typeof value === 'boolean',
)
const Media = z.object({ schema: Schema, examples: z.record(z.string(), z.unknown()).optional() })
const Content = z.object({ 'application/json': Media })
const Response = z.object({
  headers: z.record(z.string(), z.unknown()).optional(),
  content: z.record(z.string(), Media).optional(),
})
const Refusal = z.object({ error_code: z.string() })
const Operation = z.object({
  operationId: z.string(),
  parameters: z
    .array(z.object({ name: z.string(), in: z.enum(['path', 'query', 'header']), schema: Schema }))
    .default([]),
  /** Absent for a form: forms have tests of their own. */
  requestBody: z.object({ content: Content }).optional().catch(undefined),
  responses: z.record(z.string(), Response),
})
const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) })

export type Operation = z.output<typeof Operation> & { method: string; path: string }

/** All operations of the document, with all references resolved. */
export async function readOperations(service: Service): Promise<Operation[]> {
  const { body } = await service.send('GET', '/v0/server/spec')
  const { paths } = Document.parse(withoutReferences(body, body))
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
  )
}

/** Only in an outage, or only for keys that have such a setting. */
const ONLY_SOMETIMES = ['Evidence-Age', 'X-Scopes', 'X-External-Id', 'RateLimit', 'RateLimit-Policy']

/** Checks that the document names this response for the operation, with its body, its code and its headers. */
export function expectDocumented({ method, path, responses }: Operation, { status, headers, body }: Answer) {
  const response = responses[status]
  if (!response) throw new Error(`${method} ${path} answers ${status}, which the document does not name.`)
  for (const name of Object.keys(response.headers ?? {}).filter((name) => !ONLY_SOMETIMES.includes(name)))
    expect([method, path, status, name, headers.has(name)]).toContain(true)
  const content = response.content?.['application/json']
  const [type = ''] = headers.get('content-type')?.split(';') ?? []
  if (response.content && type !== 'application/json') expect(response.content).toHaveProperty([type])
  else if (content) z.fromJSONSchema(content.schema, { defaultTarget: 'openapi-3.0' }).parse(body)
  else expect(body).toBeUndefined()
  const codes = Object.keys(content?.examples ?? {})
  if (status >= 400)
    expect([method, path, codes, Refusal.parse(body).error_code]).toEqual([
      method,
      path,
      codes,
      expect.toBeOneOf(codes),
    ])
}

function withoutReferences(part: unknown, whole: unknown): unknown {
  if (Array.isArray(part)) return part.map((item) => withoutReferences(item, whole))
  if (!part || typeof part !== 'object') return part
  if ('$ref' in part && typeof part.$ref === 'string') return withoutReferences(lookUp(part.$ref, whole), whole)
  const entries = Object.entries(exactly(part)).map(([name, value]) => [name, withoutReferences(value, whole)])
  return Object.fromEntries(entries)
}

/** Our meaning of each format. Zod's own checks of formats differ from it. */
const FORMATS: Record<string, string> = {
  uuid: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  date: '^\\d{4}-\\d\\d-\\d\\d$',
  'date-time': '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$',
  int64: '',
}
function exactly(part: object): object {
  if (!('format' in part) || typeof part.format !== 'string') return part
  const { format, ...rest } = part
  const pattern = FORMATS[part.format]
  if (pattern === undefined) throw new Error(`No test knows the format ${part.format}: describe it in FORMATS.`)
  return pattern === '' ? rest : { ...rest, pattern }
}

function lookUp(reference: string, whole: unknown): unknown {
  const names = reference.replace('#/', '').split('/')
  return names.reduce((at: unknown, name) => z.record(z.string(), z.unknown()).parse(at)[name], whole)
}
