import type { ErrorCode, Meta } from '@project-keys/keys'
import {
  acceptsRequestBody,
  forEachOpenApiProcedure,
  getInputOutputParsers,
  getPathParameters,
  type OpenApiMethod,
  type OpenApiRouter,
} from 'trpc-openapi'
import { z } from 'zod'

export const FORM_TYPE = 'application/x-www-form-urlencoded'

/** A procedure that REST exposes. */
export type Endpoint = {
  /** Its name in the router, such as `projectKeys.create`. */
  name: string
  type: 'query' | 'mutation'
  method: OpenApiMethod
  /** As in OpenAPI: `/v0/projects/{project}`. */
  path: string
  /** The status of a success. */
  status: number
  /** Served by a route of its own, because it must be fast. */
  plain: boolean
  /** Sent page by page as one text. */
  stream: Meta['stream'] | null
  /** Callers without a credential may use it, too. */
  anonymous: boolean
  /** The credential may also come by Basic. */
  basic: boolean
  /** A sentence about who may call. */
  who: string
  /** The names of the headers that only its success has. */
  headers: string[]
  /** The codes of its refusals, but for those of every request. */
  refusals: ErrorCode[]
  /** All fields of its input, including those of the path. */
  shape: z.ZodRawShape
  /** Its fields in the query or the body: those that are not in the path. */
  fields: z.ZodRawShape
  /** Optional for a POST whose fields may all be left out. A PATCH without a body is a mistake: it changes nothing. */
  body: 'none' | 'optional' | 'required'
  /** The body is a form, not JSON. */
  form: boolean
  /** Unknown fields of the body are refused, not left out. */
  strict: boolean
}

/** Everything that REST exposes, as trpc-openapi finds it in the router. */
export function endpointsOf(router: OpenApiRouter): Endpoint[] {
  const endpoints: Endpoint[] = []
  forEachOpenApiProcedure<Meta>(router._def.procedures, ({ path: name, type, procedure, meta }) => {
    if (type === 'subscription') throw new Error(`REST cannot serve ${name}, because it is a subscription.`)
    const {
      status = 200,
      plain = false,
      stream = null,
      anonymous = false,
      basic = false,
      strict = false,
      callerRefusals = [],
      refusals = [],
      who = '',
      openapi,
    } = meta
    const { method, path, contentTypes = [], responseHeaders } = openapi
    const { shape } = getInputOutputParsers(procedure).inputParser
    const fields = without(shape, [...getPathParameters(path), ...(stream ? [stream.cursor] : [])])
    endpoints.push({
      ...{ name, type, method, path, status, plain, stream, anonymous, basic, strict, who, shape, fields },
      headers: Object.keys(responseHeaders?.shape ?? {}),
      refusals: [...callerRefusals, ...refusals],
      body: bodyOf(method, fields),
      form: contentTypes.includes(FORM_TYPE),
    })
  })
  return endpoints
}

function bodyOf(method: OpenApiMethod, fields: z.ZodRawShape) {
  if (!acceptsRequestBody(method)) return 'none'
  const isOptional = method === 'POST' ? z.object(fields).safeParse({}).success : Object.keys(fields).length === 0
  return isOptional ? 'optional' : 'required'
}

const without = (shape: z.ZodRawShape, names: string[]): z.ZodRawShape =>
  Object.fromEntries(Object.entries(shape).filter(([name]) => !names.includes(name)))
