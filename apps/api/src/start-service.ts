import {
  createLimits,
  createQuotas,
  createTokens,
  createVerifier,
  type Database,
  firstRun,
  migrate,
  NO_LIMITS,
  NO_QUOTAS,
  openDatabase,
  wholeSecond,
} from '@project-keys/keys'
import { startEmbedded } from '@project-keys/postgres'
import { databaseFault } from '@project-keys/verify/connections'
import type { Config } from './config.ts'
import { createMailer } from './mail/mailer.ts'
import { keptSecret } from './process/secret-key.ts'
import { explained } from './process/start-faults.ts'

type Opening = { ends: AsyncDisposableStack; told: Promise<void> }

/** The database after its migrations, with the secret; null if told to stop meanwhile. `ends` takes how to close it. */
export async function openMigrated(config: Config, { ends, told }: Opening) {
  const { url, stop } = config.databaseUrl ? { url: config.databaseUrl, stop: async () => {} } : await embedded(config)
  ends.defer(stop)
  const secret = config.secretKey ?? (await keptSecret(config.dataDir))
  const migrated = migrate({ url, tell: console.error }).catch(explained(databaseFault))
  // A migration may take minutes. PostgreSQL rolls back one that this process leaves.
  if ((await Promise.race([migrated, told])) === undefined) return null
  const db = openDatabase({ url })
  ends.defer(db.close)
  return { db, secret }
}

async function embedded({ dataDir }: Config) {
  return await startEmbedded({ folder: dataDir, log: console.error })
}

type Starting = { ends: AsyncDisposableStack; db: Database; secret: string }

/** Starts all that requests need. `ends` takes how to end it. */
export async function startService(config: Config, { ends, db, secret }: Starting) {
  const { consoleUrl, keyPrefix, signUp } = config
  const { ownerSignedIn } = await firstRun(db, { ownerEmail: config.ownerEmail, now: wholeSecond(new Date()) })
  const tokens = createTokens({ secret, issuer: config.issuer })
  const mailer = createMailer({ smtpUrl: config.smtpUrl, from: config.mailFrom })
  ends.defer(mailer.finish)
  const limits = config.rateLimits ? createLimits(db, config.rateLimits) : NO_LIMITS
  const quotas = config.quotas ? createQuotas(config.quotas) : NO_QUOTAS
  const verifier = createVerifier({ pool: db.pool, cacheSize: config.cacheSize })
  ends.defer(verifier.close)
  return { ownerSignedIn, db, tokens, keyPrefix, consoleUrl, send: mailer.send, signUp, limits, quotas, verifier }
}
