import { createVerifier } from '@project-keys/verify'
import { requireKey } from '@project-keys/verify/fastify'
import fastify from 'fastify'

// A service that accepts the keys of one project: `KEYS_DATABASE_URL=… PROJECT=example node service.ts`, then
// `curl localhost:4000/hello -H "Authorization: Bearer $KEY"`.

const { KEYS_DATABASE_URL, PROJECT, PORT = '4000' } = process.env
if (!KEYS_DATABASE_URL || !PROJECT) {
  console.error(
    'Set KEYS_DATABASE_URL to the database of Project Keys, with the verifying role, and PROJECT to a slug.',
  )
  process.exit(1)
}

const verifier = createVerifier({ connectionString: KEYS_DATABASE_URL })
const app = fastify()

app.get('/hello', { onRequest: requireKey(verifier, { project: PROJECT }) }, (request) => ({
  hello: request.projectKey?.name,
}))
/** For monitoring: how fresh the service's knowledge of revoked keys is. */
app.get('/health', () => verifier.health())

// Fastify first answers the requests in flight, then the verifier writes the rest of the usage.
app.addHook('onClose', verifier.close)
process.once('SIGTERM', () => app.close())
process.once('SIGINT', () => app.close())

console.log(`Listening on ${await app.listen({ port: Number(PORT) })}`)
