import { createVerifier } from '@project-keys/verify'

// A service in plain JavaScript: it prints its verdict on a key.
const { KEYS_DATABASE_URL, KEY } = process.env
const verifier = createVerifier({ connectionString: KEYS_DATABASE_URL })
const verdict = await verifier.verify(KEY, { project: 'example' })
await verifier.close()
console.log(JSON.stringify(verdict))
