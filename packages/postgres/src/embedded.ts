import { chmod, chown, realpath } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { clusterIn, dropAddress, initialise, newAddress, readPidFile, stopOrphan, urlOf } from './cluster.ts'
import { lockFolder } from './folder-lock.ts'
import { packageFolder, postgresPrograms, type SystemUser, systemUser } from './programs.ts'
import { keepRunning, type Server, spawnServer } from './server.ts'

const READY_WITHIN = 300_000 // ms: after a crash PostgreSQL first replays its log

/** `log` gets one line about something that the operator should know. */
export type Embedded = { folder: string; log: (line: string) => void }

/**
 * Starts the PostgreSQL that npm installed on the files in `folder`, for this process only. The first run creates the
 * files. If PostgreSQL ends by itself, we start it again at the same `url`, until `stop`.
 */
export async function startEmbedded({ folder, log }: Embedded) {
  packageFolder() // where there is none, DATABASE_URL is what is missing, and not a folder
  await using ends = new AsyncDisposableStack()
  const lock = await lockFolder(folder)
  ends.defer(lock.release)
  const path = await realpath(folder)
  const cluster = clusterIn(path)
  const user = await systemUser()
  await closeToOthers(path, user)
  const programs = await postgresPrograms(path, user)
  await stopOrphan(cluster, programs)
  await initialise(cluster, programs)

  const address = await newAddress(programs.user)
  ends.defer(() => dropAddress(address))
  const url = await urlOf(cluster, address)
  const start = () => spawnServer({ cluster, programs, address })
  const first = start()
  await untilReady(first, url).catch(async (error: unknown) => {
    await first.stop()
    throw error
  })
  const server = keepRunning(first, start, log)
  ends.defer(server.stop)

  const running = ends.move()
  return { url, stop: () => running.disposeAsync() }
}

/** The URL of the PostgreSQL that runs on the files in `folder` now, or null. */
export async function findEmbedded(folder: string) {
  const path = await realpath(folder).catch(() => null)
  if (!path) return null
  const cluster = clusterIn(path)
  const running = await readPidFile(cluster)
  if (!running) return null
  const url = await urlOf(cluster, running)
  return (await answer(url)) === cluster.data ? url : null
}

/** Runs `work` on the database in `folder`, whether its service runs or not. */
export async function withEmbedded<T>(options: Embedded, work: (url: string) => Promise<T>) {
  const running = await findEmbedded(options.folder)
  if (running) return await work(running)
  const own = await startEmbedded(options)
  try {
    return await work(own.url)
  } finally {
    await own.stop()
  }
}

/** Closes the folder to other users of the machine, except PostgreSQL's own user if it needs one. */
async function closeToOthers(folder: string, user: SystemUser | null) {
  try {
    if (user) await chown(folder, 0, user.gid)
    await chmod(folder, user ? 0o710 : 0o700)
  } catch {
    // The folder belongs to another user, as a mounted volume may: its owner decides who may enter.
  }
}

async function untilReady(server: Server, url: string) {
  const deadline = Date.now() + READY_WITHIN
  let ended = false
  server.ended.then(() => {
    ended = true
  })
  while (!(await answer(url))) {
    if (ended || Date.now() > deadline) throw new Error(`PostgreSQL did not start:\n${await server.lastLines()}`)
    await delay(25)
  }
}

/** The data folder of the server at `url`, or null when it does not take connections. */
async function answer(url: string) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => null)
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
    return rows[0]?.data_directory ?? null
  } catch (error) {
    // 28P01: the password is wrong, and waiting does not change that.
    if (error instanceof pg.DatabaseError && error.code === '28P01')
      throw new Error(
        'The password in postgres.password does not open the database beside it: put both back from one backup.',
      )
    return null
  } finally {
    await client.end().catch(() => null)
  }
}
