import { createVerifier } from '../../src/verifier.ts'
import { sharedClock } from './clock.ts'

// Verifies keys without a pause until its input ends. Then it prints the number of calls of each kind and, for each key,
// when the last call began that was answered yes. Its arguments are the database's URL and the keys.

const EVERY = 5 // ms
const AT_ONCE = 40
const OPEN_AT_MOST = 200

const [url = '', ...keys] = process.argv.slice(2)
const verifier = createVerifier({ connectionString: url, cacheSize: 10_000 })
const lastYes = new Map<string, number>()
const counts = { cache: 0, database: 0, refused: 0, errors: 0 }
let open = 0
let next = 0

async function call(key: string) {
  const began = sharedClock()
  const answer = verifier.verify(key)
  const kind = answer instanceof Promise ? 'database' : 'cache'
  open += 1
  try {
    const { valid } = await answer
    counts[valid ? kind : 'refused'] += 1
    if (valid) lastYes.set(key, Math.max(began, lastYes.get(key) ?? 0))
  } catch {
    counts.errors += 1
  }
  open -= 1
}

const load = setInterval(() => {
  for (let n = 0; n < AT_ONCE && open < OPEN_AT_MOST; n++) {
    const key = keys[next++ % keys.length]
    if (key) call(key)
  }
}, EVERY)

process.stdin.resume().once('end', async () => {
  clearInterval(load)
  const { fresh, slowest } = verifier.health()
  await verifier.close()
  for (const [key, began] of lastYes) console.log(`yes ${key} ${began}`)
  for (const [kind, count] of Object.entries({ ...counts, slowest })) console.log(`count ${kind} ${count}`)
  console.log(`count fresh ${Number(fresh)}`)
})
console.log('ready')
