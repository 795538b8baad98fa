import type { IncomingMessage } from 'node:http'
import { ResourceId, refusal } from '@project-keys/keys'
import { z } from 'zod'

/** How long a body may be, in bytes. */
export const BODY_LIMIT = 1 << 20

/** Reads a query's texts as what the schema wants, field by field. */
export type ReadQuery = (query: string) => Record<string, unknown>

/**
 * Made once for each route: knows which parameters there are and of which type. The schema itself stays as it is, so
 * that what REST reads out of a text never changes what a tRPC call accepts.
 * @throws an Error if a field is of a type that no query can hold: the server then doesn't start
 */
export function queryReader(shape: z.ZodRawShape, pathParameters: string[]): ReadQuery {
  const known = new Map(
    Object.entries(shape)
      .filter(([name]) => !pathParameters.includes(name))
      .map(([name, schema]) => [name, textReader(name, schema)]),
  )
  return (query) => {
    const found: Record<string, unknown> = {}
    for (const [name, text] of new URLSearchParams(query)) {
      const read = known.get(name)
      if (!read) continue
      if (name in found) throw refusal('invalid_input', `${name}: is given twice.`)
      if (text === '' && name !== 'search')
        throw refusal('invalid_input', `${name}: is empty. Leave it out, or give a value.`)
      found[name] = read(text)
    }
    return found
  }
}

/** What does not look like the type stays text, for the schema to refuse with its own words. */
function textReader(name: string, schema: unknown): (text: string) => unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return textReader(name, schema.unwrap())
  }
  if (schema instanceof z.ZodNumber) return (text) => (/^\d{1,15}$/.test(text) ? Number(text) : text)
  if (schema instanceof z.ZodBoolean) return (text) => (text === 'true' ? true : text === 'false' ? false : text)
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) return (text) => text
  throw new Error(`The field ${name} can't be a query parameter: only texts, numbers, booleans and enums can.`)
}

const readVerify = queryReader({ project: ResourceId.optional() }, [])

/** The one project that a key must be of, as the query says; read apart from any schema's walk, for it is asked often. */
export function readProject(url: string): string | undefined {
  const start = url.indexOf('?')
  if (start < 0) return undefined
  const { success, data } = ResourceId.optional().safeParse(readVerify(url.slice(start + 1)).project)
  if (!success)
    throw refusal('invalid_input', 'project: is a slug (lower-case letters, digits, single hyphens) or a UUID.')
  return data
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The body as a JSON object; a field given twice is the last one, and `__proto__` a field like any other. */
export async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const value = parse(await collect(request, 'application/json', 'application/json'))
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw refusal('invalid_body', 'The body must be a JSON object.')
  }
  return { ...value }
}

export const FORM_TYPE = 'application/x-www-form-urlencoded'

/** The fields of a form, as texts. */
export async function readForm(request: IncomingMessage): Promise<Record<string, unknown>> {
  const fields = [...new URLSearchParams((await collect(request, FORM_TYPE)).toString())]
  const twice = fields.find(([name], place) => fields.findIndex(([other]) => other === name) < place)
  if (twice) throw refusal('invalid_input', `${twice[0]}: is given twice.`)
  return Object.fromEntries(fields)
}

/** The whole body, refused by its type and its length before it is read where they are told. */
async function collect(request: IncomingMessage, wanted: string, unlessSaid = ''): Promise<Buffer> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? unlessSaid
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw tooLarge()
  if (type !== wanted) throw refusal('unsupported_media_type', `Send the body as ${wanted}.`)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > BODY_LIMIT) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const tooLarge = () => refusal('body_too_large', `The body is larger than ${BODY_LIMIT} bytes.`)

function parse(body: Buffer): unknown {
  if (body.length === 0) throw refusal('invalid_body', 'The body is empty: send a JSON object.')
  try {
    return JSON.parse(utf8.decode(body))
  } catch {
    throw refusal('invalid_body', 'The body is not valid JSON in UTF-8.')
  }
}
