import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { benchDatabase } from '../database.ts'
import { postgresCpu } from '../postgres-cpu.ts'

// `pnpm --filter @project-keys/api bench:verifiers` takes four minutes. It runs 200 verifiers in 8 processes and measures
// what each costs the database: its questions, and its CPU, at rest and with keys in use.

const PROCESSES = 8
const EACH = 25
const SECONDS = 50 // the time in which each key in use is written once

const { url, folder, close, large } = await benchDatabase({ connections: 800 })
await using ends = new AsyncDisposableStack()
ends.defer(close)

const client = new pg.Client({ connectionString: url })
await client.connect()
ends.defer(() => client.end())
const Done = z.tuple([z.object({ done: z.coerce.number() })])
const transactions = async () =>
  Done.parse((await client.query('SELECT sum(xact_commit) AS done FROM pg_stat_database')).rows)[0].done

async function measure(used: number) {
  const words = [url, String(EACH), large.slug, String(used)]
  const processes = Array.from({ length: PROCESSES }, () => fork(join(import.meta.dirname, 'process.ts'), words))
  await Promise.all(processes.map((child) => once(child, 'message')))
  await sleep(used > 0 ? 20_000 : 3000)
  const [cpu, done, began] = [postgresCpu(folder), await transactions(), performance.now()]
  await sleep(SECONDS * 1000)
  const seconds = (performance.now() - began) / 1000
  const each = PROCESSES * EACH * seconds
  const result = { cpu: (postgresCpu(folder) - cpu) / each / 1000, questions: ((await transactions()) - done) / each }
  for (const child of processes) child.disconnect()
  await Promise.all(processes.map((child) => once(child, 'exit')))
  return result
}

console.log('Of one verifier, a second: questions, and CPU of the database in ms.')
for (const used of process.argv.slice(2).map(Number)) {
  const { cpu, questions } = await measure(used)
  console.log(`${used} keys in use`.padEnd(20), questions.toFixed(2).padStart(8), cpu.toFixed(2).padStart(8))
}
