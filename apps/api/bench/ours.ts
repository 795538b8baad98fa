import { randomBytes } from 'node:crypto'
import {
  createSecrets,
  createTokens,
  createVerifier,
  NO_LIMITS,
  NO_QUOTAS,
  openDatabase,
  signerFrom,
} from '@project-keys/keys'
import { createServer } from '../src/server.ts'
import { report } from './report.ts'

// Our server as main.ts creates it, without the worker.
const [, , url = '', secret = '', issuer = '', cacheSize = '100000', recordUsage = 'true'] = process.argv
const db = openDatabase({ url })
const service = {
  db,
  tokens: createTokens({ secrets: createSecrets(secret), issuer }),
  secrets: createSecrets(secret),
  signer: signerFrom(randomBytes(32)),
  keyPrefix: 'bencher',
  consoleUrl: issuer.slice(0, -1),
  send: () => {},
  deliver: async () => true,
  signUp: 'open' as const,
  limits: NO_LIMITS,
  quotas: NO_QUOTAS,
  verifier: createVerifier({ pool: db.pool, cacheSize: Number(cacheSize), recordUsage: recordUsage === 'true' }),
}
const app = await createServer({
  started: () => service,
  version: '0.0.0',
  apiUrl: 'http://127.0.0.1:61016',
  logLevel: 'warn',
})
report(Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port))
