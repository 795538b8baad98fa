type Part = Record<string, unknown>

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value)

/** They say all that a pattern could. Clients turn such a text into a date or a UUID, which has no pattern. */
const EXACT_FORMATS: unknown[] = ['uuid', 'date', 'date-time']

/**
 * The document, or a part of it, as every generator of clients reads it, and open: no schema excludes the fields that a
 * later version adds. `schemas` are the named ones, as the generator wrote them.
 */
export function portable(part: Part, schemas: Part): Part {
  const { example, ...schema } = withoutWrapper(part, schemas)
  const entries = Object.entries(schema)
    .filter(([name, value]) => isPortable(schema, name, value))
    .map(([name, value]) => [name, portableValue(name === 'properties' ? withoutRefused(value) : value, schemas)])
  const format = schema.type === 'integer' ? { format: 'int64' } : {}
  return { ...Object.fromEntries(entries), ...format, ...(example === undefined ? {} : { example }) }
}

function portableValue(value: unknown, schemas: Part): unknown {
  if (Array.isArray(value)) return value.map((item) => portableValue(item, schemas))
  return isPart(value) ? portable(value, schemas) : value
}

/** A field that takes no value is there to refuse a slip, so it is no field to clients. */
const withoutRefused = (properties: unknown): unknown =>
  isPart(properties)
    ? Object.fromEntries(Object.entries(properties).filter(([, schema]) => !(isPart(schema) && 'not' in schema)))
    : properties

function isPortable({ type, format }: Part, name: string, value: unknown): boolean {
  switch (name) {
    case 'additionalProperties':
      return value !== false
    // Clients that turn an enum into a type cannot do so with booleans.
    case 'enum':
      return type !== 'boolean'
    case 'pattern':
      return !EXACT_FORMATS.includes(format)
    // The format takes other addresses than we do; the pattern tells which.
    case 'format':
      return value !== 'email'
    // The generator's bounds of every integer are those of JavaScript.
    case 'minimum':
    case 'maximum':
      return Math.abs(Number(value)) !== Number.MAX_SAFE_INTEGER
    default:
      return true
  }
}

/**
 * OpenAPI 3.0 ignores what stands beside a reference, so the generator wraps the reference. A wrapped text or number
 * becomes the schema itself, because it is no type of its own to most clients.
 */
function withoutWrapper({ allOf, ...beside }: Part, schemas: Part): Part {
  if (allOf === undefined) return beside
  const [wrapped, ...others] = Array.isArray(allOf) ? allOf : []
  if (others.length > 0 || !isPart(wrapped) || typeof wrapped.$ref !== 'string') return { allOf, ...beside }
  const { $ref, ...within } = wrapped
  const extra = { ...within, ...beside }
  if (Object.keys(extra).length === 0) return { $ref }
  const target = schemas[$ref.slice($ref.lastIndexOf('/') + 1)]
  if (isPart(target) && !isNamedType(target)) return { ...target, ...extra }
  // `nullable` counts only beside a type.
  const type = isPart(target) && extra.nullable ? { type: target.type } : {}
  return { ...type, allOf: [{ $ref }], ...extra }
}

/** Objects and enums are types with a name in clients. */
const isNamedType = (schema: Part) => schema.type === 'object' || 'enum' in schema
