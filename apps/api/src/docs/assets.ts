import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { acceptsEncoding } from '@project-keys/network'
import type { FastifyInstance } from 'fastify'
import { serveOtherMethods } from '../rest/methods.ts'

/** A file that never changes: its URL holds the hash of its content. */
export type Asset = { url: string; type: string; content: Buffer; compressed: Map<Encoding, Promise<Buffer>> }
type Encoding = keyof typeof COMPRESS

/** The best quality of Brotli takes a minute for the largest file, and this one less than two seconds. */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }
const COMPRESS = {
  br: (content: Buffer) => promisify(brotliCompress)(content, QUALITY),
  gzip: (content: Buffer) => promisify(gzip)(content),
}
const ENCODINGS = ['br', 'gzip'] as const

export function assetOf(name: string, type: string, content: string | Buffer): Asset {
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 16)
  const url = `/docs/assets/${name.replace('.', `-${hash}.`)}`
  return { url, type, content: Buffer.from(content), compressed: new Map() }
}

/** Serves a file compressed, and lets browsers keep it. It is compressed once, when it is first requested. */
export function serveAsset(app: FastifyInstance, asset: Asset) {
  app.get(asset.url, async (request, reply) => {
    const encoding = ENCODINGS.find((each) => acceptsEncoding(request.headers['accept-encoding'], each))
    if (encoding) reply.header('content-encoding', encoding)
    return reply
      .headers({
        'content-type': asset.type,
        'cache-control': 'public, max-age=31536000, immutable',
        'content-security-policy': "default-src 'none'",
        vary: 'accept-encoding',
      })
      .send(encoding ? await compressed(asset, encoding) : asset.content)
  })
  serveOtherMethods(app, asset.url, ['GET'])
}

function compressed({ content, compressed }: Asset, encoding: Encoding): Promise<Buffer> {
  const made = compressed.get(encoding) ?? COMPRESS[encoding](content)
  compressed.set(encoding, made)
  return made
}
