import createClient from 'openapi-fetch'
import type { components, paths } from './generated/rest.ts'
import { authorizationOf, type ClientOptions } from './options.ts'

export type { components, paths } from './generated/rest.ts'
export type { ClientOptions } from './options.ts'

/** The body of every refusal of the API. */
export type Refusal = components['schemas']['Error']

/**
 * The codes of this version. A newer server may send others, so treat a code that you do not know by its status.
 */
export type ErrorCode = Refusal['error_code']

/**
 * Makes a client of the REST API. A call resolves to `{ data, response }`, or to `{ error, response }` if the service
 * refused it, with `error.error_code` for programs. It rejects if there was no response.
 */
export function createRestClient(options: ClientOptions) {
  const client = createClient<paths>({ baseUrl: options.url, ...(options.fetch && { fetch: options.fetch }) })
  client.use({
    async onRequest({ request }) {
      for (const [name, value] of Object.entries(await authorizationOf(options))) request.headers.set(name, value)
    },
  })
  return client
}
