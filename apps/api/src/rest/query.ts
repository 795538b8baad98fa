import { refusal } from '@project-keys/keys'
import { z } from 'zod'

/** Reads each text of a query by the type of its field. */
export type ReadQuery = (query: string) => Record<string, unknown>

/**
 * Made once for each route. It leaves the schema alone, because a coercing schema would accept texts for numbers over
 * tRPC, too.
 * @throws an Error if a query cannot hold the type of a field: the server then does not start
 */
export function queryReader(fields: z.ZodRawShape): ReadQuery {
  const readers = new Map(Object.entries(fields).map(([name, schema]) => [name, textReader(name, schema)]))
  return (query) => {
    const values: Record<string, unknown> = {}
    for (const [name, text] of new URLSearchParams(query)) {
      const read = readers.get(name)
      if (!read) continue
      if (name in values) throw refusal('invalid_input', `${name}: must be given once.`)
      if (text === '' && name !== 'search') {
        throw refusal('invalid_input', `${name}: must not be empty. Leave it out, or give a value.`)
      }
      values[name] = read(text)
    }
    return values
  }
}

/** A text that does not look like the type stays a text, because the schema has the right words to refuse it. */
function textReader(name: string, schema: unknown): (text: string) => unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return textReader(name, schema.unwrap())
  }
  if (schema instanceof z.ZodNumber) return (text) => (/^\d{1,15}$/.test(text) ? Number(text) : text)
  if (schema instanceof z.ZodBoolean) return (text) => (text === 'true' ? true : text === 'false' ? false : text)
  const isText = schema instanceof z.ZodString || schema instanceof z.ZodStringFormat || schema instanceof z.ZodEnum
  if (isText) return (text) => text
  throw new Error(`The field ${name} can't be a query parameter: only texts, numbers, booleans and enums can.`)
}

/** The query of a URL, without its question mark. */
export function queryOf(url: string): string {
  const start = url.indexOf('?')
  return start < 0 ? '' : url.slice(start + 1)
}
