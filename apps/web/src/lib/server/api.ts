import type { AppRouter } from '@project-keys/keys'
import { createTRPCClient, getFetch, httpBatchLink, isTRPCClientError, type TRPCClientError } from '@trpc/client'
import { internalApiUrl } from './settings.ts'

export type Api = ReturnType<typeof createApi>

/** The API in the name of one request: what it asks in one go travels in one call. */
export const createApi = (fetch: typeof globalThis.fetch, session: string | undefined) =>
  createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: `${internalApiUrl}/trpc`,
        headers: session ? { authorization: `Bearer ${session}` } : {},
        fetch: getFetch(fetch),
      }),
    ],
  })

export const isApiError = (error: unknown): error is TRPCClientError<AppRouter> => isTRPCClientError<AppRouter>(error)

/** The API's own word for why it refused; null where it did not answer, or the error is none of its. */
export const refusal = (error: unknown) => (isApiError(error) ? (error.data?.code ?? null) : null)
