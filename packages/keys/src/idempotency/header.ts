import { z } from 'zod'

/** The visible characters of ASCII. */
const BARE = /^[!-~]{1,255}$/
/** A string of RFC 9651: quotes and backslashes in it stand behind a backslash. */
const QUOTED = /^"((?:[!#-[\]-~]|\\["\\])*)"$/

/** For the document; `readIdempotencyKey` reads it. */
export const idempotencyHeaders = z.object({
  'Idempotency-Key': z.string().min(1).max(512).optional().meta({
    description:
      'A text that you make up for this request, such as a UUID: 1 to 255 visible ASCII characters, with or without quotes. For 24 hours the same request with the same header gets the same response, and nothing is done twice.',
    example: '8e03978e-40d5-43e8-bc93-6894a57f9324',
  }),
})

/**
 * The value of an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07), which many clients send without the
 * quotes that the draft asks for; null if it is not valid. A header that was sent twice arrives with a blank, which is no
 * visible character.
 */
export function readIdempotencyKey(header: string): string | null {
  const value = header.startsWith('"') ? QUOTED.exec(header)?.[1]?.replace(/\\(.)/g, '$1') : header
  return value !== undefined && BARE.test(value) ? value : null
}
