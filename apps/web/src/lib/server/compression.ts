import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { acceptsEncoding } from '@project-keys/network'
import type { RequestEvent } from '@sveltejs/kit'
import { holdsToken } from './link.ts'

/** In bytes: below it, compressing costs more than it saves. */
const WORTH_IT = 1024

/**
 * Compresses what a GET asks for, if it is one whole text. The page with a new key is the response of a POST. Neither that
 * nor a page with the token of a mailed link is compressed, because the length of a compressed text tells about the secret
 * in it.
 */
export async function compressed({ request, cookies }: RequestEvent, response: Response): Promise<Response> {
  const isLong = Number(response.headers.get('content-length')) >= WORTH_IT
  if (request.method !== 'GET' || !isLong || holdsToken(cookies)) return response
  const headers = new Headers(response.headers)
  headers.append('vary', 'accept-encoding')
  const accepted = request.headers.get('accept-encoding') ?? ''
  if (!acceptsEncoding(accepted, 'gzip')) return new Response(response.body, { status: response.status, headers })
  // It names the text as it was.
  headers.delete('etag')
  headers.set('content-encoding', 'gzip')
  const bytes = await promisify(gzip)(await response.arrayBuffer())
  headers.set('content-length', `${bytes.length}`)
  return new Response(bytes, { status: response.status, headers })
}
