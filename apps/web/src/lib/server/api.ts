import type { AppRouter } from '@project-keys/keys'
import { createTRPCClient, getFetch, httpBatchLink, isTRPCClientError, type TRPCClientError } from '@trpc/client'
import { consoleToken, internalApiUrl } from './settings.ts'

export type Api = ReturnType<typeof createApi>

type Caller = { session: string | undefined; address: () => string }

/** A client of the API for one request. Calls made at the same time are sent as one batch. */
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

/** Why the API refused a request; null if it did not respond, or if the error is not from the API. */
export const errorCodeOf = (error: unknown) => (isApiError(error) ? (error.data?.error_code ?? null) : null)
export type ErrorCode = NonNullable<ReturnType<typeof errorCodeOf>>

/** Whether the API rejected the session itself, for any reason. */
export const isSignedOut = (error: unknown) => isApiError(error) && error.data?.httpStatus === 401

/** The seconds after which the API says to retry; null if it does not say. */
export function retryAfter(error: unknown): number | null {
  const response = isApiError(error) ? error.meta?.response : undefined
  const seconds = response instanceof Response ? Number(response.headers.get('retry-after')) : 0
  return seconds > 0 ? seconds : null
}
