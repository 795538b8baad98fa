import type { IncomingMessage } from 'node:http'
import { refusal } from '@project-keys/keys'
import type { FastifyReply } from 'fastify'
import type { Received } from './bytes.ts'
import { type Endpoint, FORM_TYPE } from './endpoints.ts'

export const JSON_TYPE = 'application/json'

type Fields = Record<string, unknown>
type Expected = Pick<Endpoint, 'form' | 'body' | 'fields' | 'strict'>

/** Reads the fields of a body that has arrived. @throws 413, 415, 400 */
export function readBody(
  { headers }: IncomingMessage,
  received: Received,
  { form, body, fields, strict }: Expected,
): Fields {
  const bytes = bytesOf(received)
  requireType(headers, form ? FORM_TYPE : JSON_TYPE, form ? '' : JSON_TYPE)
  if (form) return readForm(formIn(received), fields)
  const given = readJson(bytes, body)
  return { ...knownIn(given, fields), ...(strict && unknownIn(given, fields)) }
}

/** @throws 413 */
export function bytesOf({ bytes, limit }: Received): Buffer {
  if (bytes === null) throw refusal('body_too_large', `The body must have at most ${limit} bytes.`)
  return bytes
}

const ENCODED = 'The body must not be compressed or encoded: send it as it is, without the header Content-Encoding.'

/** @throws 415 for a compressed body; the response then tells what is taken (RFC 9110, section 15.5.16) */
export function requireUnencoded({ headers }: IncomingMessage, reply: FastifyReply) {
  const encodings = headers['content-encoding'] ?? ''
  if (encodings.split(',').every((encoding) => /^(identity)?$/i.test(encoding.trim()))) return
  reply.header('accept-encoding', 'identity')
  throw refusal('unsupported_media_type', ENCODED)
}

/** @throws 415 for any other type than this one, which a body without a type is assumed to have if it is `assumed` */
export function requireType(headers: IncomingMessage['headers'], expected: string, assumed = '') {
  if (!hasType(headers, expected, assumed)) throw refusal('unsupported_media_type', `Send the body as ${expected}.`)
}

export const hasType = (headers: IncomingMessage['headers'], expected: string, assumed = ''): boolean =>
  (headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? assumed) === expected

/** Leaves out unknown fields, because a copy of very many costs more than to parse them. */
function knownIn(given: object, known: Endpoint['fields']): Fields {
  const fields: Fields = {}
  for (const name of Object.keys(known)) {
    const field = Object.getOwnPropertyDescriptor(given, name)
    if (field) fields[name] = field.value
  }
  return fields
}

/** One field in place of all unknown ones, for an input that refuses each of them. */
const unknownIn = (given: object, known: Endpoint['fields']): Fields =>
  Object.keys(given).some((name) => !Object.hasOwn(known, name)) ? { 'an unknown field': true } : {}

/** The body as a JSON object. If a field is given twice, the last one counts. */
function readJson(bytes: Buffer, expected: Endpoint['body']): object {
  if (bytes.length === 0 && expected === 'optional') return {}
  const value = parse(bytes)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw refusal('invalid_body', 'The body must be a JSON object.')
  }
  return value
}

/** @throws 413 */
export const formIn = (received: Received): URLSearchParams => new URLSearchParams(bytesOf(received).toString())

/** The known fields of a form, as texts. */
function readForm(form: URLSearchParams, known: Endpoint['fields']): Fields {
  const fields: Fields = {}
  for (const [name, text] of form) {
    if (!Object.hasOwn(known, name)) continue
    if (Object.hasOwn(fields, name)) throw refusal('invalid_input', `${name}: must be given once.`)
    fields[name] = text
  }
  return fields
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function parse(body: Buffer): unknown {
  if (body.length === 0) throw refusal('invalid_body', 'The body is empty: send a JSON object.')
  try {
    return JSON.parse(utf8.decode(body))
  } catch {
    throw refusal('invalid_body', 'The body must be valid JSON in UTF-8.')
  }
}
