import { gzip } from 'node:zlib'
import { acceptsEncoding, hasBody } from '@project-keys/network'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** In characters: below it, compressing costs more than it saves. */
const WORTH_IT = 1024

/**
 * Compresses the texts that a GET or a HEAD asks for. All responses with a secret are those of a POST, and these are never
 * compressed, because the length of a compressed text tells about the secret in it. Nor is the response to a GET with a
 * body, because verification ends such a connection by a hook that takes text.
 */
export function compressTexts(app: FastifyInstance) {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!isLongText(request, reply, payload)) return done(null, payload)
    reply.header('vary', 'accept-encoding')
    if (!acceptsEncoding(request.headers['accept-encoding'], 'gzip')) return done(null, payload)
    reply.header('content-encoding', 'gzip').removeHeader('content-length')
    gzip(payload, done)
  })
}

const isLongText = (
  { method, raw }: FastifyRequest,
  { statusCode }: FastifyReply,
  payload: unknown,
): payload is string =>
  typeof payload === 'string' &&
  payload.length >= WORTH_IT &&
  statusCode === 200 &&
  /^(GET|HEAD)$/.test(method) &&
  !hasBody(raw)
