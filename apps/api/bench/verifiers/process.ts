import { createVerifier, type Verifier } from '@project-keys/keys'
import pg from 'pg'
import { keyOf } from '../database.ts'

/** A process with several verifying services in it, which use so many keys each, each key once a second. */
const [, , url = '', count = '1', project = '', used = '0'] = process.argv
// With the pool of one connection for usage, and one for lookups, a verifier has three connections.
const verifiers = Array.from({ length: Number(count) }, () =>
  createVerifier({ pool: new pg.Pool({ connectionString: url, max: 1 }), connections: 1 }),
)
process.on('disconnect', () => process.exit())

const start = Math.floor(Math.random() * 100_000)
/** Spread over the second; a database that is too busy at the start is asked again in the next. */
const use = (verifier: Verifier, first: number) => {
  for (let n = 0; n < Number(used); n++) {
    const key = keyOf(project, ((first + n) % 100_000) + 1)
    setInterval(() => Promise.resolve(verifier.verify(key)).catch(() => {}), 1000 + Math.random())
  }
}
verifiers.forEach((verifier, n) => {
  setTimeout(() => use(verifier, start + n * Number(used)), (n / verifiers.length) * 10_000)
})

const ready = setInterval(() => {
  if (!verifiers.every((verifier) => verifier.health().fresh)) return
  clearInterval(ready)
  process.send?.('ready')
}, 50)
