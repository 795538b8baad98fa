/** What is set of a key beside its name and its end; null where nothing is. */
export type KeySettings = {
  readonly description: string | null
  /** What the key may do, such as `reports:write` or `reports:*`; null: everything. */
  readonly scopes: readonly string[] | null
  /** The networks from which the key may be used; null: all. */
  readonly allowed_networks: readonly string[] | null
  /** The customer for whom the key is. */
  readonly external_id: string | null
  readonly metadata: Readonly<Record<string, string>> | null
  readonly rate_limit: RateLimit | null
}

/** How often the key may be used in each window of so many seconds. */
export type RateLimit = { readonly requests: number; readonly seconds: number }

/** Those of a plain key. */
export const PLAIN: KeySettings = Object.freeze({
  description: null,
  scopes: null,
  allowed_networks: null,
  external_id: null,
  metadata: null,
  rate_limit: null,
})

/** The settings in a text of JSON, frozen, because all callers get the same objects. @throws if one has a wrong type */
export function readSettings(json: string): KeySettings {
  const row = objectOf(JSON.parse(json))
  return {
    description: orNull(row.description, textOf),
    scopes: orNull(row.scopes, textsOf),
    allowed_networks: orNull(row.allowed_networks, textsOf),
    external_id: orNull(row.external_id, textOf),
    metadata: orNull(row.metadata, metadataOf),
    rate_limit: orNull(row.rate_limit, limitOf),
  }
}

const orNull = <Read>(value: unknown, read: (value: unknown) => Read): Read | null =>
  value === null || value === undefined ? null : read(value)

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType('an object')
  return { ...value }
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw wrongType('a text')
  return value
}

function textsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw wrongType('a list')
  return Object.freeze(value.map(textOf))
}

const metadataOf = (value: unknown) =>
  Object.freeze(Object.fromEntries(Object.entries(objectOf(value)).map(([name, text]) => [name, textOf(text)])))

function limitOf(value: unknown): RateLimit {
  const { requests, seconds } = objectOf(value)
  return Object.freeze({ requests: positive(requests), seconds: positive(seconds) })
}

function positive(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 1)) throw wrongType('a number of 1 or more')
  return value
}

const wrongType = (expected: string) => new Error(`A setting of the key must be ${expected} in the database.`)
