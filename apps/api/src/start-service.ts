import {
  createLimits,
  createQuotas,
  createTokens,
  createVerifier,
  type Database,
  examineDatabase,
  firstRun,
  migrate,
  NO_LIMITS,
  NO_QUOTAS,
  openDatabase,
  type Secrets,
  wholeSecond,
} from '@project-keys/keys'
import { startEmbedded } from '@project-keys/postgres'
import { databaseFault } from '@project-keys/verify/connections'
import type { Config } from './config.ts'
import { createMailer } from './mail/mailer.ts'
import { countRefused } from './metrics/limits.ts'
import type { Metrics } from './metrics/metrics.ts'
import { auditSigner, secretsOf } from './process/secret-key.ts'
import { explained } from './process/start-faults.ts'

/** Processes of the release before may need some time to drain. */
const OTHERS_TIMEOUT = 60_000 // ms

type Opening = { ends: AsyncDisposableStack; told: Promise<void> }

/** The database after its migrations, with the secrets; null if told to stop meanwhile. `ends` takes how to close it. */
export async function openMigrated(config: Config, { ends, told }: Opening) {
  const { directUrl, ...place } = await findDatabase(config, ends)
  const secrets = await secretsOf(config)
  const way = directUrl === undefined ? place : { url: directUrl }
  const variable = directUrl === undefined ? 'DATABASE_URL' : 'DATABASE_DIRECT_URL'
  const explain = explained((error) => databaseFault(error, variable))
  const migrated = migrate({ ...way, tell: console.error, othersTimeout: OTHERS_TIMEOUT }).catch(explain)
  // A migration may take minutes. PostgreSQL rolls back one that this process leaves.
  if ((await Promise.race([migrated, told])) === undefined) return null
  const db = openDatabase(place)
  ends.defer(db.close)
  return { db, secrets }
}

/** Where the database is, and the way to it. Without DATABASE_URL, the embedded one is started. */
async function findDatabase({ databaseUrl: url, directUrl, pooler, dataDir }: Config, ends: AsyncDisposableStack) {
  if (url === undefined) {
    const embedded = await startEmbedded({ folder: dataDir, log: console.error })
    ends.defer(embedded.stop)
    return { url: embedded.url, pooled: false, directUrl: undefined }
  }
  const { pooled, warnings } = await examineDatabase(url, pooler).catch(explained((error) => databaseFault(error)))
  for (const warning of warnings) console.error(warning)
  return { url, pooled, directUrl }
}

type Starting = { ends: AsyncDisposableStack; db: Database; secrets: Secrets; metrics: Metrics }

/** Starts all that requests need. `ends` takes how to end it. */
export async function startService(config: Config, { ends, db, secrets, metrics }: Starting) {
  const { consoleUrl, keyPrefix, signUp } = config
  const { ownerSignedIn } = await firstRun(db, { ownerEmail: config.ownerEmail, now: wholeSecond(new Date()) })
  const tokens = createTokens({ secrets, issuer: config.issuer })
  const mailer = createMailer({ smtpUrl: config.smtpUrl, from: config.mailFrom })
  metrics.gauge({ name: 'mails_pending', help: 'The queue of mails that are being sent.', read: mailer.pending })
  ends.defer(mailer.finish)
  const limits = config.rateLimits ? createLimits(db, config.rateLimits) : NO_LIMITS
  const quotas = config.quotas ? createQuotas(config.quotas) : NO_QUOTAS
  const verifier = createVerifier({ pool: db.pool, cacheSize: config.cacheSize, staleIfDown: config.staleIfDown })
  ends.defer(verifier.close)
  return {
    ownerSignedIn,
    db,
    tokens,
    secrets,
    signer: await auditSigner(config, secrets.current.text),
    auditRetention: config.auditRetention,
    keyPrefix,
    consoleUrl,
    send: mailer.send,
    deliver: mailer.deliver,
    signUp,
    ...countRefused(metrics, { limits, quotas }),
    verifier,
  }
}
