import { z } from 'zod'

export type Environment = Record<string, string | undefined>

type Options = {
  /** Lines about other faults, which are told together with those of the variables. */
  faults: string[]
  /** Variables whose values no message may show. */
  secret?: readonly string[]
}

/** Reads variables by their schemas. @throws an Error with one line for each value that is wrong */
export function readVariables<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: Environment,
  { faults, secret = [] }: Options,
) {
  const { success, data, error } = z.object(shape).safeParse(env)
  if (success && faults.length === 0) return data
  const shown = (name: string) => (secret.includes(name) ? name : `${name} is ${JSON.stringify(env[name])}, and`)
  const wrong = error?.issues.map(({ path, message }) => `${shown(String(path[0]))} ${message}.`) ?? []
  throw new Error([...wrong, ...faults].join('\n'))
}
