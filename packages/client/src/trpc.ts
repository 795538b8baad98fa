import { createTRPCClient, getFetch, httpBatchLink, isTRPCClientError, type TRPCClientError } from '@trpc/client'
import type {
  inferRouterInputs,
  inferRouterOutputs,
  TRPCBuiltRouter,
  TRPCMutationProcedure,
  TRPCQueryProcedure,
} from '@trpc/server'
import type { components } from './generated/trpc.ts'
import type { ErrorCode } from './index.ts'
import { authorizationOf, type ClientOptions } from './options.ts'

export type { ErrorCode } from './index.ts'
export type { ClientOptions } from './options.ts'

type Types = components['schemas']['Types']
type Inputs = components['schemas']['Inputs']
type Outputs = components['schemas']['Outputs']

type Procedure<Type, Input, Output> = Type extends 'query'
  ? TRPCQueryProcedure<{ input: Input; output: Output; meta: object }>
  : TRPCMutationProcedure<{ input: Input; output: Output; meta: object }>

type Procedures = {
  [Noun in keyof Types & keyof Inputs & keyof Outputs]: {
    [Name in keyof Outputs[Noun]]: Procedure<
      Types[Noun][Name & keyof Types[Noun]],
      Inputs[Noun][Name & keyof Inputs[Noun]],
      Outputs[Noun][Name]
    >
  }
}

/** Why a call was refused. */
type RouterError = {
  message: string
  code: number
  data: { code: string; httpStatus: number; path: string; request_id: string; error_code: ErrorCode }
}

/** The type of the service's router, without its code. */
export type AppRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: RouterError; transformer: false },
  Procedures
>
export type RouterInputs = inferRouterInputs<AppRouter>
export type RouterOutputs = inferRouterOutputs<AppRouter>

/** A request takes so many calls; and its head, which holds the path, 16 KiB. */
const MOST = { maxItems: 64, maxURLLength: 8000 }

/** Makes a client of the tRPC API. Calls that are made at the same time travel in one request. */
export function createTrpcClient(options: ClientOptions) {
  const url = `${options.url.replace(/\/+$/, '')}/trpc`
  const headers = () => authorizationOf(options)
  const link = httpBatchLink({ url, headers, fetch: getFetch(options.fetch), ...MOST })
  return createTRPCClient<AppRouter>({ links: [link] })
}

/** Whether a call failed because the service refused it, or because there was no response. */
export const isTrpcError = (error: unknown): error is TRPCClientError<AppRouter> => isTRPCClientError<AppRouter>(error)

/** Why the service refused a call; null if it did not, for example because there was no response. */
export const errorCodeOf = (error: unknown): ErrorCode | null =>
  isTrpcError(error) ? (error.data?.error_code ?? null) : null
