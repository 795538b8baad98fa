import { ERROR_CODES } from '@project-keys/keys'
import type { oas31 } from 'zod-openapi'

/** The codes with which an operation may refuse: its responses have an example for each. */
export function codesIn(
  { responses = {} }: oas31.OperationObject,
  { components }: { components?: oas31.ComponentsObject },
) {
  const codes = Object.values(responses).flatMap((response) => {
    const shared = '$ref' in response ? components?.responses?.[response.$ref.replace(/^.*\//, '')] : response
    const content = shared && 'content' in shared ? shared.content?.['application/json'] : undefined
    return Object.keys(content?.examples ?? {})
  })
  return new Set(codes)
}

/** A list of the codes with their meanings, in the order of the one list. */
export const listOfCodes = (codes: Set<string>): string =>
  Object.entries(ERROR_CODES)
    .filter(([code]) => codes.has(code))
    .map(([code, { status, meaning }]) => `- ${status} \`${code}\`: ${meaning}`)
    .join('\n')
