import { appRouter } from '@project-keys/keys'
import { z } from 'zod'
import { type Endpoint, endpointsOf } from '../src/rest/endpoints.ts'

/** A procedure of the router; `endpoint` is its place in REST, null for one that only tRPC serves. */
export type Procedure = {
  name: string
  type: 'query' | 'mutation'
  shape: Record<string, z.ZodType>
  output: z.ZodType
  takesInput: boolean
  endpoint: Endpoint | null
}

const Definition = z.object({
  type: z.enum(['query', 'mutation']),
  inputs: z.array(z.instanceof(z.ZodObject)),
  output: z.instanceof(z.ZodType),
})
const endpoints = new Map(endpointsOf(appRouter).map((endpoint) => [endpoint.name, endpoint]))

/** Every procedure of the router, whether REST serves it or not. */
export const procedures = Object.entries<unknown>(appRouter._def.procedures).map(([name, procedure]): Procedure => {
  const definition = typeof procedure === 'function' && '_def' in procedure ? procedure._def : null
  const { type, inputs, output } = Definition.parse(definition)
  const shape = withoutSlips(Object.assign({}, ...inputs.map((input) => input.shape)))
  return { name, type, shape, output, takesInput: inputs.length > 0, endpoint: endpoints.get(name) ?? null }
})

/** A field that takes no value is there to refuse a slip, so it is no field to clients. */
function withoutSlips(shape: Record<string, z.ZodType>): Record<string, z.ZodType> {
  const isSlip = (schema: z.ZodType) => schema instanceof z.ZodOptional && schema.unwrap() instanceof z.ZodNever
  return Object.fromEntries(Object.entries(shape).filter(([, schema]) => !isSlip(schema)))
}

export type RestProcedure = Procedure & { endpoint: Endpoint }
export const isRest = (procedure: Procedure): procedure is RestProcedure => procedure.endpoint !== null
