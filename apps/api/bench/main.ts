import { cpus, totalmem } from 'node:os'
import { createSecrets, createTokens, wholeSecond } from '@project-keys/keys'
import { benchDatabase } from './database.ts'
import { measure } from './measure.ts'
import { pinTo } from './pin.ts'
import { postgresCpu } from './postgres-cpu.ts'
import { comparisonsIn } from './scenarios.ts'
import { startServer } from './servers.ts'
import { printHead, printRows } from './table.ts'

// `pnpm bench` takes about two minutes, on a machine that should be idle otherwise. docs/performance.md explains the result.

const ISSUER = 'http://localhost:3000/'
const SECRET = 'only for the benchmark, which deletes its data'

const pinned = pinTo(0)
await using ends = new AsyncDisposableStack()
const { url, folder, version, close, ...projects } = await benchDatabase()
ends.defer(close)
const memory = Math.round(totalmem() / 2 ** 30)
console.log(`Node ${process.version}, PostgreSQL ${version}, ${cpus().length} cores, ${memory} GiB. Medians.`)

const words = [url, SECRET, ISSUER]
const ours = await startServer('ours', words)
ends.defer(ours.stop)
const forgetful = await startServer('ours', [...words, '1'])
ends.defer(forgetful.stop)
const bare = await startServer('bare', words)
ends.defer(bare.stop)

const tokens = createTokens({ secrets: createSecrets(SECRET), issuer: ISSUER })
const now = wholeSecond(new Date())
const token = tokens.sign({ audience: 'client', email: 'owner@localhost', now, ttl: 3600 })

const apart = pinTo(1) && pinned
console.log(apart ? 'Server and database share one core, the load has another.\n' : 'Nothing has a core of its own.\n')

printHead()
for (const comparison of comparisonsIn({ ours, forgetful, bare, token, ...projects })) {
  printRows(comparison, await measure(comparison, () => postgresCpu(folder)))
}
