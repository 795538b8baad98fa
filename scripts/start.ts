import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Config, readConfig } from '../apps/api/src/config.ts'
import { heapLimits } from '../apps/api/src/process/heap-limits.ts'
import { toldToStop } from '../apps/api/src/process/life.ts'
import type { Ready } from '../apps/api/src/process/readiness.ts'
import { messageOf } from '../apps/api/src/process/start-faults.ts'
import { build } from './build.ts'
import { launch } from './launch.ts'

const ROOT = join(import.meta.dirname, '..')

/** Builds what changed, runs the API and the console until told to stop, and leaves nothing running. */
async function start(config: Config, told: Promise<void>) {
  if (!(await build(ROOT, told))) return

  process.env.CONSOLE_TOKEN ??= randomBytes(32).toString('base64url')
  await using ends = new AsyncDisposableStack()
  const words = [...heapLimits(config.cacheSize), 'src/main.ts', '--quiet']
  const api = launch('API', join(ROOT, 'apps/api'), words)
  let ready: Ready | undefined
  ends.defer(async () => {
    await api.stop()
    if (ready && !config.databaseUrl) await stopOrphanedDatabase(config.dataDir)
  })
  ready = (await Promise.race([api.ready, told])) ?? undefined
  if (!ready) return

  const web = launch('console', join(ROOT, 'apps/web'), ['server.ts'])
  ends.defer(web.stop)
  if (await Promise.race([web.ready, told])) console.log(welcome(config, ready.notice))
  await Promise.race([told, api.failed, web.failed])
}

const welcome = ({ consoleUrl, apiUrl }: Config, notice: string) => `Project Keys is running. Ctrl-C stops it.

  Console  ${consoleUrl}
  API      ${apiUrl}
${notice}`

/** Stops the PostgreSQL of an API that was killed, because such an API could not stop it itself. */
async function stopOrphanedDatabase(folder: string) {
  const { findEmbedded, startEmbedded } = await import('../packages/postgres/src/index.ts')
  if (!(await findEmbedded(folder))) return
  const left = await startEmbedded({ folder, log: console.error })
  await left.stop()
}

try {
  const told = toldToStop()
  await start(readConfig(process.env), told)
  process.exit()
} catch (error) {
  // Without a message, the process that failed has printed the reason.
  if (messageOf(error)) console.error(messageOf(error))
  process.exit(1)
}
