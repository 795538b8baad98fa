import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openConnection } from '../load.ts'
import { pinTo } from '../pin.ts'
import { HERE } from './checkout.ts'
import { linesOf } from './lines.ts'
import { memory } from './processes.ts'
import { ownerToken, SETUP } from './setup.ts'
import { startSide } from './side.ts'

// Prints the memory of these sources under load, minute by minute: `pnpm bench -- --memory MINUTES`. It needs Linux.

const CONNECTIONS = 16
const MINUTE = 60_000
const MIB = 2 ** 20
/** Over ten minutes all keys are revoked, and the load goes on. */
const ALREADY_REVOKED = 409

const { values } = parseArgs({ options: { memory: { type: 'string', default: '10' } } })

await using ends = new AsyncDisposableStack()
pinTo(0)
const side = await startSide('these sources', HERE, SETUP)
ends.defer(side.stop)
pinTo(1)

const lines = linesOf({ token: ownerToken(), ...side })
let running = true
let requests = 0
const work = async (first: number) => {
  const { send, close } = await openConnection(side.port)
  for (let n = first; running; n++) {
    const line = lines[n % lines.length]
    if (!line) break
    const { status, text } = await send(line.next())
    if (status !== line.status && status !== ALREADY_REVOKED)
      throw new Error(`${line.title} is answered ${status}: ${text}`)
    requests += 1
  }
  close()
}
const workers = Promise.all(Array.from({ length: CONNECTIONS }, (_, n) => work(n)))
for (let minute = 1; minute <= Number(values.memory); minute++) {
  await Promise.race([delay(MINUTE), workers])
  const { node, postgres } = memory(side.pid)
  const sizes = [node, postgres, node + postgres].map((bytes) => (bytes / MIB).toFixed(0))
  console.log(`Minute ${minute}: node ${sizes[0]}, PostgreSQL ${sizes[1]}, both ${sizes[2]} MiB, ${requests} requests`)
}
running = false
await workers
