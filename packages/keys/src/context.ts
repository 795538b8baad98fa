import type { Tokens } from './auth/token.ts'
import type { Database } from './database/client.ts'

/** What the service is told once, at its start. */
export type Service = {
  db: Database
  tokens: Tokens
  /** What keys begin with: `bencher` makes `bencher_run_…`. */
  keyPrefix: string
  consoleUrl: string
  /** Hands a sign-in link to the person behind an address. */
  sendLink: (link: { email: string; url: string }) => void
  /** The OpenAPI document, which knows the router and so can't be known by it. */
  document: () => Record<string, unknown>
}

/** What a call knows: the service and what its request brought. REST and tRPC make the same. */
export type Context = Service & {
  requestId: string
  /** In whole seconds, as times are kept. */
  now: Date
  authorization: string | undefined
  /** The parameters of a REST path, known before the body is read. */
  params?: Record<string, string>
  /** What the answer says beside its body. */
  headers: Record<string, string>
  /** Only the worker is trusted without a credential. */
  worker?: true
}

export const wholeSecond = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000)
