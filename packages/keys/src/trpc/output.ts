import type { z } from 'zod'

type Answering<Output> = { _def: { $types: { output: Output } } }

/**
 * A procedure whose output has this shape, in the types and in the document. tRPC's own `.output` would also parse each
 * answer, which for a list costs more than to read it. A function that names the fields makes these answers, and
 * `answers.test.ts` parses them.
 */
export function unparsed<Output extends z.ZodType, Procedure extends Answering<z.output<Output>>>(
  output: Output,
  procedure: Procedure,
): Procedure {
  Object.assign(procedure._def, { output })
  return procedure
}
