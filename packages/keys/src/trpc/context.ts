import type { Verifier } from '@project-keys/verify'
import type { Tokens } from '../callers/token.ts'
import type { Database } from '../database/client.ts'
import type { Limits } from '../limits/limits.ts'
import type { Quotas } from '../limits/quotas.ts'
import type { Mail } from '../mails/mails.ts'

/** What the service is told once, at its start. */
export type Service = {
  db: Database
  tokens: Tokens
  /** What keys begin with: `bencher` makes `bencher_run_…`. */
  keyPrefix: string
  consoleUrl: string
  /** Sends a mail, or says what is in it where no mail can be sent. Never waited for: how long it takes would tell. */
  send: (mail: Mail) => void
  /** Closed: only who is invited may sign up. */
  signUp: 'open' | 'closed'
  limits: Limits
  quotas: Quotas
  /** Tells whether a project key is good, from memory where it can. */
  verifier: Verifier
  /** The OpenAPI document, which knows the router and so can't be known by it. */
  document: () => Record<string, unknown>
}

/** What a call knows: the service and what its request brought. REST and tRPC make the same. */
export type Context = Service & {
  requestId: string
  /** In whole seconds, as times are kept. */
  now: Date
  authorization: string | undefined
  /** The client's, as far as we can trust who told us. */
  address: string
  /** The parameters of a REST path, known before the body is read; null for tRPC. */
  params: Record<string, string> | null
  /** What the answer says beside its body. */
  headers: Record<string, string>
  /** Only the worker is trusted without a credential. */
  worker: boolean
}

export const wholeSecond = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000)
