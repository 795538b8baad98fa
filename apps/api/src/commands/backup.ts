import { parseArgs } from 'node:util'
import { backUp } from '@project-keys/keys'
import { readConfig } from '../config.ts'
import { messageOf } from '../process/start-faults.ts'
import { atDatabase, recordCommand } from './database.ts'

const USAGE = `Usage: pnpm run backup FILE [--recipient age1…]
  FILE         a new file, for all data as it is at one moment; the service may run
  --recipient  encrypts the file to this recipient of age (https://age-encryption.org)`

function readCommand(args: string[]) {
  try {
    const options = { recipient: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const [path, ...more] = positionals
    if (!path || more.length > 0) throw new Error('FILE must be given once.')
    return { path, recipient: values.recipient ?? null }
  } catch (cause) {
    throw new Error(`${messageOf(cause)}\n${USAGE}`, { cause })
  }
}

try {
  const { path, recipient } = readCommand(process.argv.slice(2))
  const config = readConfig(process.env)
  const options = { recipient, now: new Date(), tell: console.error }
  const sums = await atDatabase(config, async (place) => {
    const sums = await backUp(path, { ...options, place })
    await recordCommand(place, 'server.backup')
    return sums
  })
  console.log(`${path} holds ${sums.reduce((sum, { rows }) => sum + rows, 0)} rows of ${sums.length} tables.`)
  const secret = config.secretKey ? 'SECRET_KEY' : `the file secret-key of ${config.dataDir}`
  console.log(`It does not hold the secret that signs sessions and links: keep ${secret}, too, and in another place.`)
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
