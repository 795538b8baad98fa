import { signInLink, type Tokens, watchReleases, wholeSecond } from '@project-keys/keys'
import packageJson from '../package.json' with { type: 'json' }
import { type Config, readConfig } from './config.ts'
import { createMetrics } from './metrics/metrics.ts'
import { closeServer } from './process/close-server.ts'
import { writeJsonLines } from './process/json-lines.ts'
import { toldToStop } from './process/life.ts'
import { signInNotice } from './process/readiness.ts'
import { explained, listenFault, messageOf } from './process/start-faults.ts'
import { createServer, type Started } from './server.ts'
import { openMigrated, startService } from './start-service.ts'
import { startTracing } from './tracing/start.ts'
import { startWorker } from './worker.ts'

const CLOSE_TIMEOUT_MS = 8000 // for requests in flight when the service stops
const NOTICE_TTL = 30 * 60 // seconds

/**
 * Runs the API and its worker until told to stop, then ends its parts in the opposite order of their start. It listens
 * first, so that a probe can tell a process that migrates from one that hangs.
 */
async function serve(config: Config, told: Promise<void>) {
  const { version } = packageJson
  await using ends = new AsyncDisposableStack()
  const metrics = createMetrics()
  const tracing = await startTracing(process.env, version)
  if (tracing) ends.defer(tracing.stop)
  let started: Started | null = null
  let outdated = false
  const app = await createServer({
    started: () => started,
    isOutdated: () => outdated,
    version,
    metrics,
    tracing,
    ...config,
  })
  try {
    await app.listen(config).catch(explained((error) => listenFault(error, config)))
    const database = await openMigrated(config, { ends, told })
    if (!database) return
    const { ownerSignedIn, ...service } = await startService(config, { ...database, ends, metrics })
    const worker = startWorker({ service, log: app.log, metrics, trace: tracing?.task })
    ends.defer(worker.stop)
    const watch = await watchReleases(service.db.pool, (migration) => {
      outdated = true
      console.error(outdatedBy(migration))
      void worker.stop()
    })
    ends.defer(watch.stop)
    started = service
    announce(config, ownerSignedIn ? '' : noticeOf(config, service.tokens))
    await told
  } finally {
    await closeServer(app, CLOSE_TIMEOUT_MS)
  }
}

const outdatedBy = (migration: string) =>
  `A newer release has migrated the database (${migration}), and this process cannot run beside it: it answers nothing from now on. Stop it, or update its code.`

function noticeOf({ ownerEmail: email, consoleUrl, apiUrl }: Config, tokens: Tokens) {
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
  if (process.env.LOG_REQUESTS === 'json') writeJsonLines()
  const config = readConfig(process.env)
  for (const warning of config.warnings) console.error(warning)
  await serve(config, told)
  process.exit()
} catch (error) {
  console.error(messageOf(error))
  process.exit(1)
}
