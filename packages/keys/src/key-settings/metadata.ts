const MOST_FIELDS = 50
const MOST_BYTES = 4096

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** PostgreSQL's JSON cannot hold them. */
const isStorable = (text: string) => text.isWellFormed() && !text.includes('\0')

/** Why a value is no metadata of a key, as a message about it; null if it is. */
export function metadataMistake(value: unknown): string | null {
  if (!isPlainObject(value)) return 'must be an object of texts, such as {"team": "billing"}'
  const fields = Object.entries(value)
  if (fields.length > MOST_FIELDS) return `must have at most ${MOST_FIELDS} fields`
  const wrong = fields.find(([, text]) => typeof text !== 'string')
  if (wrong) return `must hold only texts: ${JSON.stringify(wrong[0])} is none`
  if (fields.some(([name]) => name === '__proto__')) return 'must have no field with the name __proto__'
  if (!fields.flat().every((text) => isStorable(String(text)))) {
    return 'must be well-formed Unicode, without lone surrogates and U+0000'
  }
  if (Buffer.byteLength(JSON.stringify(value)) > MOST_BYTES) return `must have at most ${MOST_BYTES} bytes as JSON`
  return null
}
