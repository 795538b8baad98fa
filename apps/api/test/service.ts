import { randomBytes } from 'node:crypto'
import {
  type Counted,
  createQuotas,
  createSecrets,
  createTokens,
  createVerifier,
  type Database,
  firstRun,
  type Limits,
  type Mail,
  NO_LIMITS,
  NO_QUOTAS,
  signerFrom,
  systemClock,
} from '@project-keys/keys'
import { freshDatabase } from '@project-keys/keys/test'
import { afterAll } from 'vitest'
import { closeServer } from '../src/process/close-server.ts'
import { createServer } from '../src/server.ts'
import type { Tracing } from '../src/tracing/tracing.ts'
import { type Content, rawRequest, request } from './http.ts'

export const START = new Date('2026-05-01T12:00:00Z')
export const ISSUER = 'http://localhost:3000/'
/** The part of the document about the server. */
export const SERVER = { version: '0.0.0', apiUrl: 'https://api.example.com' }
/** Also that of the tokens in `upgrade/`. */
export const SECRET = 'a secret of the tests, which nobody else may know'

/** No request is in flight after a file's tests, so closing waits for none. */
export const NO_TIMEOUT_MS = 0

export type Service = Awaited<ReturnType<typeof startService>>

type Options = {
  /** Made anew unless given. */
  database?: Awaited<ReturnType<typeof freshDatabase>>
  connections?: number
  signUp?: 'open' | 'closed'
  secret?: string
  /** Secrets that only verify and open. */
  secretsBefore?: string[]
  keyPrefix?: string
  limits?: (db: Database) => Limits
  quotas?: Record<Counted, number>
  trustedProxies?: string[]
  consoleToken?: string
  /** Takes the lines of the log from `warn` on; there is no log unless given. */
  logStream?: { write: (line: string) => void }
  logRequests?: boolean
  tracing?: Tracing | null
}

/**
 * Starts the whole service on a database of its own, until the tests of the file end. Its time is `clock.now`, which only
 * a test moves.
 */
export async function startService({
  signUp = 'open',
  secret = SECRET,
  secretsBefore = [],
  keyPrefix = 'bencher',
  limits,
  quotas,
  trustedProxies = [],
  consoleToken,
  database,
  logStream,
  logRequests = false,
  tracing = null,
  ...options
}: Options = {}) {
  const { db, url: databaseUrl } = database ?? (await freshDatabase(options))
  const clock = { now: START }
  const secrets = createSecrets(secret, secretsBefore)
  const tokens = createTokens({ secrets, issuer: ISSUER })
  const mails: Mail[] = []
  const service = {
    db,
    tokens,
    secrets,
    signer: signerFrom(randomBytes(32)),
    keyPrefix,
    consoleUrl: ISSUER.slice(0, -1),
    send: (mail: Mail) => void mails.push(mail),
    deliver: async (mail: Mail) => {
      mails.push(mail)
      return true
    },
    signUp,
    limits: limits?.(db) ?? NO_LIMITS,
    quotas: quotas ? createQuotas(quotas) : NO_QUOTAS,
    verifier: createVerifier({ pool: db.pool, clock: { ...systemClock, wall: () => clock.now.getTime() } }),
  }
  afterAll(() => service.verifier.close())
  await firstRun(db, { ownerEmail: 'owner@localhost', now: START })
  const logLevel = logStream ? 'warn' : 'silent'
  const server = {
    ...SERVER,
    logLevel,
    logStream,
    logRequests,
    tracing,
    trustedProxies,
    consoleToken,
    clock: () => clock.now,
  }
  const app = await createServer({ started: () => service, ...server })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  afterAll(() => closeServer(app, NO_TIMEOUT_MS))

  const send = (method: string, path: string, content?: Content) => request(address + path, method, content)
  const sendRaw = (bytes: string | Buffer) => rawRequest(Number(new URL(address).port), bytes)
  const wait = (seconds: number) => {
    clock.now = new Date(clock.now.getTime() + seconds * 1000)
  }
  /** A session token of the user with this address. */
  const tokenOf = (email: string) => tokens.sign({ audience: 'client', email, now: clock.now, ttl: 24 * 60 * 60 })
  const admin = { email: 'owner@localhost', token: tokenOf('owner@localhost') }
  const close = () => closeServer(app, 5000)
  return { ...service, close, address, databaseUrl, clock, wait, mails, send, sendRaw, tokenOf, admin }
}
