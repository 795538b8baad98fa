import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createSecrets,
  createTokens,
  createVerifier,
  firstRun,
  migrate,
  NO_LIMITS,
  NO_QUOTAS,
  openDatabase,
  signerFrom,
  wholeSecond,
} from '@project-keys/keys'
import { startEmbedded } from '@project-keys/postgres'
import { closeServer } from '../src/process/close-server.ts'
import { createServer } from '../src/server.ts'

const ISSUER = 'http://localhost:3000/'
const OWNER = 'owner@localhost'

/** A server on a temporary database, and what a client needs to know: its address, a token and a project. */
export async function startService() {
  const folder = await mkdtemp(join(tmpdir(), 'keys-clients-'))
  // As root, PostgreSQL runs as another user, who must be able to reach its files.
  await chmod(folder, 0o755)
  const { url, stop } = await startEmbedded({ folder, log: () => {} })
  await migrate({ url })
  const db = openDatabase({ url })
  const now = wholeSecond(new Date())
  await firstRun(db, { ownerEmail: OWNER, now })
  const secret = 'only for these clients, whose data is deleted'
  const tokens = createTokens({ secrets: createSecrets(secret), issuer: ISSUER })
  const verifier = createVerifier({ pool: db.pool })
  const service = {
    ...{
      db,
      tokens,
      secrets: createSecrets(secret),
      signer: signerFrom(randomBytes(32)),
      verifier,
      keyPrefix: 'bencher',
      consoleUrl: ISSUER.slice(0, -1),
      send: () => {},
      deliver: async () => true,
    },
    ...{ signUp: 'open' as const, limits: NO_LIMITS, quotas: NO_QUOTAS },
  }
  const app = await createServer({
    started: () => service,
    version: '0.0.0',
    apiUrl: 'http://127.0.0.1:61016',
    logLevel: 'silent',
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const close = async () => {
    await closeServer(app, 1000)
    await verifier.close()
    await db.close()
    await stop()
    await rm(folder, { recursive: true, force: true })
  }
  const token = tokens.sign({ audience: 'client', email: OWNER, now, ttl: 24 * 60 * 60 })
  return { address, token, project: 'example', close }
}
