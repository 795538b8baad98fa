import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { backUp, isServiceConnected, restore } from '@project-keys/keys'
import { type Config, readConfig } from '../config.ts'
import { messageOf } from '../process/start-faults.ts'
import { atDatabase } from './database.ts'

const USAGE = `Usage: pnpm run move --to DATABASE_URL | embedded
  DATABASE_URL  from the embedded database in DATA_DIR to this empty one
  embedded      from the database that DATABASE_URL names to a new one in DATA_DIR`

function readCommand(args: string[]): string {
  try {
    const { values } = parseArgs({ args, options: { to: { type: 'string' } } })
    if (!values.to) throw new Error('Say where to.')
    return values.to
  } catch (cause) {
    throw new Error(`${messageOf(cause)}\n${USAGE}`, { cause })
  }
}

type Way = { from: Config; to: Config; next: string }

function wayTo(target: string, config: Config): Way {
  if (target === 'embedded') {
    if (!config.databaseUrl) throw new Error('Set DATABASE_URL to the database to move from.')
    const next = 'Start the service without DATABASE_URL, and with the same SECRET_KEY.'
    return { from: config, to: { ...config, databaseUrl: undefined }, next }
  }
  if (config.databaseUrl) {
    throw new Error('Unset DATABASE_URL: with a URL, the move is from the embedded database in DATA_DIR.')
  }
  if (!existsSync(config.dataDir)) throw new Error(`There is no data folder ${config.dataDir}: set DATA_DIR.`)
  // Reads the URL by the same rules as the service.
  const { databaseUrl } = readConfig({ ...process.env, DATABASE_URL: target, SECRET_KEY: ' '.repeat(32) })
  const secret = join(config.dataDir, 'secret-key')
  const next = `Start the service with this DATABASE_URL, and with the text of ${secret} as SECRET_KEY.`
  return { from: config, to: { ...config, databaseUrl }, next }
}

/** A change that is made during the move would be lost. */
async function requireStopped(config: Config) {
  if (!(await atDatabase(config, isServiceConnected))) return
  throw new Error('Stop the service first, because what it changes during the move would be lost.')
}

async function move({ from, to }: Way) {
  await requireStopped(from)
  const folder = await mkdtemp(join(tmpdir(), 'project-keys-move-'))
  try {
    const path = join(folder, 'backup')
    const tell = console.error
    await atDatabase(from, (place) => backUp(path, { place, recipient: null, now: new Date(), tell }))
    return await atDatabase(to, (place) => restore(path, { place, identity: null, tell }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

try {
  const way = wayTo(readCommand(process.argv.slice(2)), readConfig(process.env))
  const sums = await move(way)
  console.log(
    `Moved ${sums.reduce((sum, { rows }) => sum + rows, 0)} rows of ${sums.length} tables. Nothing was removed.`,
  )
  console.log(way.next)
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
