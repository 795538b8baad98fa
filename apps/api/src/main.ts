import {
  createLimits,
  createQuotas,
  createTokens,
  createVerifier,
  firstRun,
  migrate,
  NO_LIMITS,
  NO_QUOTAS,
  openDatabase,
  signInLink,
  wholeSecond,
} from '@project-keys/keys'
import { startEmbedded } from '@project-keys/postgres'
import packageJson from '../package.json' with { type: 'json' }
import { type Config, readConfig } from './config.ts'
import { createMailer } from './mail/mailer.ts'
import { closeServer } from './process/close-server.ts'
import { toldToStop } from './process/life.ts'
import { signInNotice } from './process/readiness.ts'
import { keptSecret } from './process/secret-key.ts'
import { databaseFault, explained, listenFault, messageOf } from './process/start-faults.ts'
import { createServer } from './server.ts'
import { startWorker } from './worker.ts'

const CLOSE_TIMEOUT_MS = 8000 // for requests in flight when the service stops
const NOTICE_TTL = 30 * 60 // seconds

/** Runs the API and its worker until told to stop, then ends its parts in the opposite order of their start. */
async function serve(config: Config, told: Promise<void>) {
  await using ends = new AsyncDisposableStack()
  const database = config.databaseUrl ? { url: config.databaseUrl, stop: async () => {} } : await embedded(config)
  ends.defer(database.stop)
  const secret = config.secretKey ?? (await keptSecret(config.dataDir))
  await migrate({ url: database.url, tell: console.error }).catch(explained(databaseFault))
  const db = openDatabase(database)
  ends.defer(db.close)
  const { ownerSignedIn } = await firstRun(db, { ownerEmail: config.ownerEmail, now: wholeSecond(new Date()) })

  const { consoleUrl, keyPrefix, logLevel } = config
  const tokens = createTokens({ secret, issuer: config.issuer })
  const mailer = createMailer({ smtpUrl: config.smtpUrl, from: config.mailFrom })
  ends.defer(mailer.finish)
  const limits = config.rateLimits ? createLimits(db, config.rateLimits) : NO_LIMITS
  const quotas = config.quotas ? createQuotas(config.quotas) : NO_QUOTAS
  const verifier = createVerifier({ pool: db.pool, cacheSize: config.cacheSize })
  ends.defer(verifier.close)
  const service = {
    db,
    tokens,
    keyPrefix,
    consoleUrl,
    send: mailer.send,
    signUp: config.signUp,
    limits,
    quotas,
    verifier,
  }
  const { version } = packageJson
  const { trustedProxies, consoleToken } = config
  const app = await createServer({ service, version, logLevel, trustedProxies, consoleToken })
  const worker = startWorker({ service, log: app.log })
  ends.defer(worker.stop)
  ends.defer(() => closeServer(app, CLOSE_TIMEOUT_MS))
  await app.listen(config).catch(explained((error) => listenFault(error, config)))
  announce(config, ownerSignedIn ? '' : noticeOf(config, tokens))
  await told
}

async function embedded({ dataDir }: Config) {
  return await startEmbedded({ folder: dataDir, log: console.error })
}

function noticeOf({ ownerEmail: email, consoleUrl, apiUrl }: Config, tokens: ReturnType<typeof createTokens>) {
  const now = wholeSecond(new Date())
  const link = signInLink({ tokens, consoleUrl, email, now })
  const token = tokens.sign({ audience: 'client', email, now, ttl: NOTICE_TTL, untilSignIn: true })
  return signInNotice({ email, link, token, apiUrl })
}

/** With `--quiet`, the process that started this one prints the notice instead. */
function announce({ apiUrl }: Config, notice: string) {
  process.send?.({ ready: true, notice })
  if (!process.argv.includes('--quiet')) console.log(`Project Keys answers at ${apiUrl}\n${notice}`)
}

try {
  const told = toldToStop()
  const config = readConfig(process.env)
  for (const warning of config.warnings) console.error(warning)
  await serve(config, told)
  process.exit()
} catch (error) {
  console.error(messageOf(error))
  process.exit(1)
}
