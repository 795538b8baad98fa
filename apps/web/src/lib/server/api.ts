import type { AppRouter } from '@project-keys/keys'
import { createTRPCClient, getFetch, httpBatchLink, isTRPCClientError, type TRPCClientError } from '@trpc/client'
import { consoleToken, internalApiUrl } from './settings.ts'

export type Api = ReturnType<typeof createApi>

type Caller = { session: string | undefined; address: () => string }

/** The API in the name of one request: what it asks in one go travels in one call. */
export const createApi = (fetch: typeof globalThis.fetch, { session, address }: Caller) =>
  createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: `${internalApiUrl}/trpc`,
        headers: () => ({
          ...(session && { authorization: `Bearer ${session}` }),
          ...(consoleToken && { 'x-console-token': consoleToken, 'x-client-address': address() }),
        }),
        fetch: getFetch(fetch),
      }),
    ],
  })

export const isApiError = (error: unknown): error is TRPCClientError<AppRouter> => isTRPCClientError<AppRouter>(error)

/** The API's own word for why it refused; null where it did not answer, or the error is none of its. */
export const refusal = (error: unknown) => (isApiError(error) ? (error.data?.code ?? null) : null)
export type Refusal = NonNullable<ReturnType<typeof refusal>>

/** How many seconds the API asks to wait; null where it does not say. */
export function waitOf(error: unknown): number | null {
  const response = isApiError(error) ? error.meta?.response : undefined
  const seconds = response instanceof Response ? Number(response.headers.get('retry-after')) : 0
  return seconds > 0 ? seconds : null
}
