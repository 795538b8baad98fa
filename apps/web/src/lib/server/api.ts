import type { AppRouter } from '@project-keys/keys'
import {
  createTRPCClient,
  getFetch,
  httpBatchLink,
  httpLink,
  isTRPCClientError,
  splitLink,
  type TRPCClientError,
} from '@trpc/client'
import { consoleToken, internalApiUrl } from './settings.ts'

export type Api = ReturnType<typeof createApi>

type Caller = { session: string | undefined; address: () => string }

/** The context of a call that the others at that time must not wait for. */
export const APART = { context: { apart: true } }

/** A client of the API for one request. Calls made at the same time are sent as one batch, which is as slow as the slowest. */
export function createApi(fetch: typeof globalThis.fetch, { session, address }: Caller) {
  const options = {
    url: `${internalApiUrl}/trpc`,
    headers: () => ({
      ...(session && { authorization: `Bearer ${session}` }),
      ...(consoleToken && { 'x-console-token': consoleToken, 'x-client-address': address() }),
    }),
    fetch: getFetch(fetch),
  }
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ context }) => context.apart === true,
        true: httpLink(options),
        false: httpBatchLink(options),
      }),
    ],
  })
}

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
