import type { AppRouter } from '@project-keys/keys'
import { z } from 'zod'

const Definition = z.object({
  type: z.enum(['query', 'mutation']),
  inputs: z.array(z.instanceof(z.ZodObject)).default([]),
})

export type Procedure = { name: string; type: 'query' | 'mutation'; shape: Record<string, z.ZodType> }

/** Every procedure of the router, in REST or not, with the fields of its input. */
export const inputsOf = (router: AppRouter): Procedure[] =>
  Object.entries<unknown>(router._def.procedures).map(([name, procedure]) => {
    const { type, inputs } = Definition.parse(
      typeof procedure === 'function' && '_def' in procedure ? procedure._def : null,
    )
    return { name, type, shape: Object.assign({}, ...inputs.map(({ shape }) => shape)) }
  })
