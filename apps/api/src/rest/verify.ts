import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import {
  type Asked,
  type Context,
  checkKey,
  explainError,
  onWire,
  refusal,
  refuseRequest,
  type VerifiedKey,
  VerifyInput,
} from '@project-keys/keys'
import { hasBody } from '@project-keys/network'
import { TRPCError } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest, onSendHookHandler } from 'fastify'
import { sendJson } from './answer.ts'
import { allowMethods } from './methods.ts'
import { queryOf, queryReader } from './query.ts'

type At = FastifyRequest<{ Params: { project?: string } }>

/** The bare paths of verification, after a host and with any number of slashes, if something follows them. */
const BARE_PATH = /^(?:https?:\/\/[^/?#]+)?\/+v0\/+(?:projects\/+[^/?#]+\/+)?verify(?=\/)/

/**
 * The URL that is routed. Below the paths of verification, the path and the query are those of a gateway's client, so they
 * are cut off before anything reads them.
 */
export const withoutClientPath = ({ url = '' }: { url?: string | undefined }): string => BARE_PATH.exec(url)?.[0] ?? url

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/**
 * Serves verification for gateways, which ask with the method of their client or another one, and may announce a body
 * that never comes: every method gets the same answer, before the body. These are plain routes that call the procedures'
 * own function, because a tRPC call costs more than the verification. A cached answer is sent in the same turn of the
 * event loop.
 */
export function serveVerify(app: FastifyInstance, createContext: (request: FastifyRequest) => Context) {
  // A reply is thenable, and whoever returns one waits until it was sent.
  const answer = (request: At, reply: FastifyReply): Promise<void> | undefined => {
    if (isPreflight(request)) return void allowMethods(request, reply, METHODS)
    const ctx = createContext(request)
    const fail = (error: unknown) => {
      const said = error instanceof TRPCError ? explainError(error, ctx) : error
      reply.headers(ctx.headers)
      throw said
    }
    try {
      const key = verify(ctx, request)
      if (key instanceof Promise) return key.then((late) => void send(reply, ctx, late), fail)
      send(reply, ctx, key)
    } catch (error) {
      return fail(error)
    }
  }
  for (const url of ['/v0/verify', '/v0/projects/:project/verify']) {
    app.route<{ Params: { project?: string } }>({
      method: app.supportedMethods,
      url,
      exposeHeadRoute: false,
      onRequest: (request, reply, _done) => answer(request, reply),
      onSend: leaveBodyUnread,
      handler: answer,
    })
  }
}

/** A browser asks by itself, without a credential, what a page of another origin may send (Fetch standard). */
const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined

function verify(ctx: Context, { params, url }: At) {
  let asked: Asked
  try {
    asked = params.project === undefined ? readQuery(queryOf(url)) : readPath(params.project, queryOf(url))
  } catch (error) {
    return refuseRequest(ctx, error)
  }
  return checkKey(ctx, asked)
}

const { project, scope, challenge } = VerifyInput.shape
const reader = queryReader({ project, scope, challenge })
const readerAtProject = queryReader({ scope, challenge })

/** The fields of a query. Without a query, no parser runs. */
const readQuery = (query: string): Asked => (query === '' ? {} : parse(reader(query)))
const readPath = (project: string, query: string): Asked => parse({ ...readerAtProject(query), project })

function parse(given: Record<string, unknown>): Asked {
  const { success, data, error } = VerifyInput.safeParse(given)
  if (success) return data
  const ofScope = error.issues.find(({ path }) => path[0] === 'scope')
  throw refusal(
    'invalid_input',
    ofScope ? `scope: ${ofScope.message}.` : 'The project or the challenge is not valid.',
    error,
  )
}

/** A text as it is. SQL can write one that no header may hold: its other characters are percent-encoded. */
const headerText = (text: string) => text.replace(/[^\x21-\x7e]+/g, encodeURIComponent)

function send(reply: FastifyReply, { headers }: Context, key: VerifiedKey) {
  const { uuid, project, expiration, scopes, external_id } = key
  reply.headers(headers).header('x-project', headerText(project.slug)).header('x-project-key', uuid)
  if (scopes) reply.header('x-scopes', scopes.map(headerText).join(' '))
  if (external_id !== null) reply.header('x-external-id', headerText(external_id))
  return sendJson(reply, { ...onWire(key), expiration: expiration.toISOString().replace(/\.\d+Z$/, 'Z') })
}

/**
 * Ends the connection of a request with a body, because a body that never comes would otherwise begin with the next
 * request. What does come is discarded first: a client that still sends would lose the response.
 */
const leaveBodyUnread: onSendHookHandler<unknown> = ({ raw, method }, reply, payload, done) => {
  if (!hasBody(raw)) return done(null, payload)
  reply.header('connection', 'close')
  if (typeof payload !== 'string' || method === 'HEAD') return done(null, payload)
  reply.header('content-length', Buffer.byteLength(payload))
  done(null, Readable.from(untilBodyEnds(payload, raw)))
}

async function* untilBodyEnds(text: string, request: IncomingMessage) {
  yield text
  await finished(request.resume()).catch(() => {})
}
