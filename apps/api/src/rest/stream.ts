import { Readable } from 'node:stream'
import type { Context } from '@project-keys/keys'
import { callTRPCProcedure } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { OpenApiRouter } from 'trpc-openapi'
import { z } from 'zod'
import { answerAt, type Request } from './answer.ts'
import type { Endpoint } from './endpoints.ts'
import { queryOf, queryReader } from './query.ts'

type Options = { router: OpenApiRouter; createContext: (request: FastifyRequest) => Context }
type Stream = NonNullable<Endpoint['stream']>

const Page = z.object({ text: z.string(), next: z.string().nullable() })

/**
 * Serves a procedure that gives a page for each call as one text with all of its pages. Each page is a call of its own, so
 * that whoever loses the right meanwhile gets no more. HEAD would send nothing of it, so there is none.
 */
export function serveStream(app: FastifyInstance, endpoint: Endpoint, { router, createContext }: Options) {
  const { name, type, method, path, fields, stream } = endpoint
  if (!stream) throw new Error(`${name} must say what it sends.`)
  const readQuery = queryReader(fields)
  answerAt(app, [method], path, async (request, reply) => {
    const ctx: Context = { ...createContext(request), params: request.params }
    // Read by the procedure, because a bad credential is refused before a bad query.
    const input = (): Record<string, unknown> => ({ ...readQuery(queryOf(request.url)), ...request.params })
    const call = async (cursor: string | null) => {
      const getRawInput = async () => (cursor === null ? input() : { ...input(), [stream.cursor]: cursor })
      const options = { router, path: name, type, getRawInput, signal: undefined, batchIndex: 0 }
      return Page.parse(await callTRPCProcedure({ ...options, ctx: cursor === null ? ctx : createContext(request) }))
    }
    const first = await call(null).finally(() => void reply.headers(ctx.headers))
    return sendPages(request, reply.headers(headersOf(stream, input().format)), allPages(first, call))
  })
}

/** Without a format, the first one is sent. */
function headersOf({ types, name: file }: Stream, asked: unknown) {
  const [format, type] = Object.entries(types).find(([name]) => asked === undefined || asked === name) ?? [
    'txt',
    'text/plain',
  ]
  return {
    'content-type': type.startsWith('text/') ? `${type}; charset=utf-8` : type,
    'content-disposition': `attachment; filename="${file}.${format}"`,
  }
}

async function* allPages(first: z.output<typeof Page>, call: (cursor: string) => Promise<z.output<typeof Page>>) {
  let page = first
  yield page.text
  while (page.next !== null) {
    page = await call(page.next)
    yield page.text
  }
}

/** If a page fails, the connection is reset: a file that merely ended would look complete to a client of HTTP/1.0. */
function sendPages({ raw, log }: Request, reply: FastifyReply, pages: AsyncIterable<string>) {
  const body = Readable.from(pages, { objectMode: false })
  body.once('error', (error) => {
    log.warn({ err: error }, 'An export ended before its last page.')
    raw.socket.resetAndDestroy()
  })
  return reply.send(body)
}
