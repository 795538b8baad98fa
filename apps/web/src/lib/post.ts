import { deserialize } from '$app/forms'
import { type Failure, NO_RESPONSE } from './failures.ts'

type Posted<Data> = { data: Data } | { failure: Failure }
type Refused = { problem: string }

/** Sends a form without a form of the page, to an action that answers with data or refuses with a problem. */
export async function post<Data extends object>(action: string, fields: Record<string, string>): Promise<Posted<Data>> {
  const headers = { accept: 'application/json', 'x-sveltekit-action': 'true' }
  try {
    const body = new URLSearchParams(fields)
    const response = await fetch(action, { method: 'POST', headers, body, cache: 'no-store' })
    const result = deserialize<Data & Record<string, unknown>, Refused>(await response.text())
    if (result.type === 'success' && result.data) return { data: result.data }
    if (result.type === 'failure')
      return { failure: { status: 400, ...(result.data && { message: result.data.problem }) } }
    return { failure: result.type === 'error' ? { ...result.error, status: response.status } : NO_RESPONSE }
  } catch {
    return { failure: NO_RESPONSE }
  }
}
