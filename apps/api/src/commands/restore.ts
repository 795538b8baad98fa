import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { restore } from '@project-keys/keys'
import { readConfig } from '../config.ts'
import { messageOf } from '../process/start-faults.ts'
import { atDatabase, recordCommand } from './database.ts'

const USAGE = `Usage: pnpm run restore FILE [--identity KEYFILE]
  FILE        a backup, for an empty database: a new DATA_DIR, or the one that DATABASE_URL names
  --identity  the file with the identity of age that the backup was encrypted to`

function readCommand(args: string[]) {
  try {
    const options = { identity: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const [path, ...more] = positionals
    if (!path || more.length > 0) throw new Error('FILE must be given once.')
    return { path, identity: values.identity ?? null }
  } catch (cause) {
    throw new Error(`${messageOf(cause)}\n${USAGE}`, { cause })
  }
}

async function readIdentity(path: string | null): Promise<string | null> {
  if (path === null) return null
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`There is no file ${path} that can be read.`, { cause })
  })
  if (!text.includes('AGE-SECRET-KEY-')) throw new Error(`${path} holds no identity of age (AGE-SECRET-KEY-…).`)
  return text
}

try {
  const { path, identity: identityPath } = readCommand(process.argv.slice(2))
  const identity = await readIdentity(identityPath)
  const sums = await atDatabase(readConfig(process.env), async (place) => {
    const sums = await restore(path, { place, identity, tell: console.error })
    await recordCommand(place, 'server.restore')
    return sums
  })
  console.log(`Restored ${sums.reduce((sum, { rows }) => sum + rows, 0)} rows of ${sums.length} tables.`)
  console.log('Keys that were revoked after the backup are good again: revoke them anew.')
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
