import type { IncomingMessage } from 'node:http'
import { refusal } from '@project-keys/keys'
import { type Endpoint, FORM_TYPE } from './endpoints.ts'

/** The longest body, in bytes. */
export const BODY_LIMIT = 1 << 20
export const JSON_TYPE = 'application/json'

type Fields = Record<string, unknown>

export const readBody = (request: IncomingMessage, { form, body }: Pick<Endpoint, 'form' | 'body'>): Promise<Fields> =>
  form ? readForm(request) : readJson(request, body)

/** The body as a JSON object. If a field is given twice, the last one counts. */
async function readJson(request: IncomingMessage, expected: Endpoint['body']): Promise<Fields> {
  const body = await collect(request, JSON_TYPE, JSON_TYPE)
  if (body.length === 0 && expected === 'optional') return {}
  const value = parse(body)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw refusal('invalid_body', 'The body must be a JSON object.')
  }
  return { ...value }
}

/** The fields of a form, as texts. */
async function readForm(request: IncomingMessage): Promise<Fields> {
  const fields = [...new URLSearchParams((await collect(request, FORM_TYPE)).toString())]
  const twice = fields.find(([name], place) => fields.findIndex(([other]) => other === name) < place)
  if (twice) throw refusal('invalid_input', `${twice[0]}: must be given once.`)
  return Object.fromEntries(fields)
}

/** Reads the whole body, after it has checked the type and, if the client tells it, the length. */
async function collect(request: IncomingMessage, expected: string, assumed = ''): Promise<Buffer> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? assumed
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw tooLarge()
  if (type !== expected) throw refusal('unsupported_media_type', `Send the body as ${expected}.`)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > BODY_LIMIT) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const tooLarge = () => refusal('body_too_large', `The body must have at most ${BODY_LIMIT} bytes.`)

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function parse(body: Buffer): unknown {
  if (body.length === 0) throw refusal('invalid_body', 'The body is empty: send a JSON object.')
  try {
    return JSON.parse(utf8.decode(body))
  } catch {
    throw refusal('invalid_body', 'The body must be valid JSON in UTF-8.')
  }
}
