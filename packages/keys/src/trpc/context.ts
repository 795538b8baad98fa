import type { Verifier } from '@project-keys/verify'
import type { Signer } from '../audit/signing.ts'
import type { Tokens } from '../callers/token.ts'
import type { Database } from '../database/client.ts'
import type { Limits } from '../limits/limits.ts'
import type { Quotas } from '../limits/quotas.ts'
import type { Mail } from '../mails/mails.ts'
import type { Secrets } from '../secrets/secrets.ts'

/** The parts of the service that all calls share. */
export type Service = {
  db: Database
  tokens: Tokens
  /** Those that the tokens are signed with. The letters of a key that is repeated on demand are derived from them. */
  secrets: Secrets
  /** Signs the heads of the audit log. */
  signer: Signer
  /** For how many days events keep their content; for ever unless given. */
  auditRetention?: number | undefined
  /** The first part of new keys: `bencher` gives `bencher_run_…`. */
  keyPrefix: string
  consoleUrl: string
  /**
   * Sends a mail, or prints its link if there is no mail server. Not awaited, so that the response time does not reveal
   * whether an account exists.
   */
  send: (mail: Mail) => void
  /** Sends a mail once, and waits; false if it failed. For mails that no request asks for. */
  deliver: (mail: Mail) => Promise<boolean>
  /** Closed: signing up needs an invitation. */
  signUp: 'open' | 'closed'
  limits: Limits
  quotas: Quotas
  /** Verifies project keys, from memory if possible. */
  verifier: Verifier
  /** The OpenAPI document. A function, because the document is made from the router. */
  document: () => Record<string, unknown>
}

/** The context of a call, the same for REST and tRPC. */
export type Context = Service & {
  requestId: string
  /** In whole seconds, because the database stores times so. */
  now: Date
  authorization: string | undefined
  /** Those of the request, to find a credential in the wrong one. */
  requestHeaders?: Record<string, string | string[] | undefined> | undefined
  /** The client's address: of the connection, or as a trusted proxy tells it. */
  address: string
  /** It may be that of a proxy in between. Keys with networks are then refused. */
  addressInDoubt?: boolean | undefined
  /** The parameters of a REST path, known before the body is read; null for tRPC. */
  params: Record<string, string> | null
  /** The method and the path of a REST endpoint, such as `/v0/projects/{project}`; absent for tRPC. */
  endpoint?: { method: string; path: string } | undefined
  /**
   * Waits until the body of a REST request is here, and returns the time then. Absent if there is no body, and for tRPC,
   * where it is here already.
   */
  bodyArrived?: (() => Promise<Date>) | undefined
  /**
   * Reads the form of a REST request, for an endpoint whose credential may be in it. Absent if the body is no form, and for
   * tRPC.
   */
  form?: (() => Promise<URLSearchParams>) | undefined
  /** Takes the UUID of the user who calls, for the log. */
  noteUser?: ((uuid: string) => void) | undefined
  /** The headers of the response. */
  headers: Record<string, string>
  /** Only the worker is trusted without a credential. */
  worker: boolean
}

export const wholeSecond = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000)
