import { z } from 'zod'
import { type Procedure, procedures } from '../procedures.ts'
import { NOTHING } from './types.ts'

/** Only the worker may call these. */
const INTERNAL = 'maintenance.'
const nouns = Map.groupBy(
  procedures.filter(({ name }) => !name.startsWith(INTERNAL)),
  ({ name }) => name.split('.')[0] ?? '',
)

/** Describes the router as the document describes REST, because its own type names those of private packages. */
export function describeRouter(): object {
  const Types = schemaOf(({ type }) => z.literal(type), 'output')
  const Inputs = schemaOf(({ shape, takesInput }) => (takesInput ? z.object(shape) : z.void()), 'input')
  const Outputs = schemaOf(({ output }) => output, 'output')
  const document = {
    openapi: '3.1.0',
    info: { title: 'The router', version: '' },
    paths: {},
    components: { schemas: { ...Inputs.$defs, ...Outputs.$defs, Types, Inputs, Outputs } },
  }
  return JSON.parse(JSON.stringify(document).replaceAll('#/$defs/', '#/components/schemas/'))
}

/** The schema of an object of the nouns, each of them an object of its procedures. */
function schemaOf(part: (procedure: Procedure) => z.ZodType, io: 'input' | 'output') {
  const members = [...nouns].map(([noun, all]) => {
    const parts = all.map((procedure) => [procedure.name.replace(/^.*\./, ''), part(procedure)])
    return [noun, z.object(Object.fromEntries(parts))]
  })
  return z.toJSONSchema(z.object(Object.fromEntries(members)), {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'void') Object.assign(jsonSchema, NOTHING)
    },
  })
}
