import { setTimeout as sleep } from 'node:timers/promises'
import { benchDatabase, keyOf } from '../database.ts'
import { openConnection } from '../load.ts'
import { pinTo } from '../pin.ts'
import { postgresCpu } from '../postgres-cpu.ts'
import { startServer } from '../servers.ts'

// `pnpm --filter @project-keys/api bench:usage` takes five minutes. It verifies 100,000 keys over HTTP as fast as the
// server can, with and without recording their usage, and compares the whole and each half second. Each side has a
// process of its own in each round, because one that still writes would slow down the other.

const ROUNDS = 3
const SECONDS = 30
const STEP = 500 // ms
const CONNECTIONS = 16

/** The work of half a second: requests, and the CPU of server and PostgreSQL in microseconds. */
type Step = { requests: number; cpu: number; ms: number }

pinTo(0)
await using ends = new AsyncDisposableStack()
const { url, folder, close, large } = await benchDatabase()
ends.defer(close)

async function run(recording: boolean): Promise<Step[]> {
  pinTo(0)
  const server = await startServer('ours', [
    url,
    'a secret that nobody uses here',
    'http://localhost/',
    '100000',
    `${recording}`,
  ])
  pinTo(1)
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(server.port)))
  let sent = 0
  let ended = false
  const verify = async ({ send }: (typeof connections)[number]) => {
    const token = keyOf(large.slug, (sent++ % large.keys.length) + 1)
    const { status, text } = await send({ method: 'GET', path: '/v0/verify', token })
    if (status !== 200) throw new Error(`${status}: ${text}`)
  }
  const work = async (connection: (typeof connections)[number]) => {
    while (!ended) await verify(connection)
  }
  const working = Promise.all(connections.map(work))
  // First each key is read once.
  while (sent < large.keys.length) await Promise.race([working, sleep(STEP)])
  await sleep(3000)
  const look = async () => ({ requests: sent, cpu: (await server.cpu()) + postgresCpu(folder), ms: performance.now() })
  const steps: Step[] = []
  let before = await look()
  while (steps.length < (SECONDS * 1000) / STEP) {
    await Promise.race([working, sleep(STEP)])
    const now = await look()
    steps.push({ requests: now.requests - before.requests, cpu: now.cpu - before.cpu, ms: now.ms - before.ms })
    before = now
  }
  ended = true
  await working
  for (const connection of connections) connection.close()
  server.stop()
  return steps
}

const perSecond = (steps: Step[]) => sum(steps, 'requests') / (sum(steps, 'ms') / 1000)
const perCpu = (steps: Step[]) => sum(steps, 'requests') / (sum(steps, 'cpu') / 1e6)
const sum = (steps: Step[], what: keyof Step) => steps.reduce((all, step) => all + step[what], 0)
const worst = (steps: Step[], rate: (steps: Step[]) => number) => Math.min(...steps.map((step) => rate([step])))

console.log('Verifying with recording, as a part of the same without.')
console.log('round  requests/s  worst half second  requests a CPU second  worst half second')
for (let round = 1; round <= ROUNDS; round++) {
  const without = await run(false)
  const recorded = await run(true)
  const cells = [perSecond, perCpu].flatMap((rate) => [
    (rate(recorded) / rate(without)).toFixed(3),
    (worst(recorded, rate) / rate(without)).toFixed(3),
    `(${(worst(without, rate) / rate(without)).toFixed(3)} without)`,
  ])
  console.log(round, ...cells, `${perSecond(without).toFixed(0)}/s`)
}
