import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  appRouter,
  createSecrets,
  createTokens,
  createVerifier,
  NO_LIMITS,
  NO_QUOTAS,
  openDatabase,
  signerFrom,
} from '@project-keys/keys'
import { createOpenApiHttpHandler } from 'trpc-openapi'

// A process of its own that serves the router by trpc-openapi's own handler, which changes the live schemas.
const [, , url = '', secret = '', issuer = '', now = ''] = process.argv
const db = openDatabase({ url })
const service = {
  db,
  tokens: createTokens({ secrets: createSecrets(secret), issuer }),
  secrets: createSecrets(secret),
  signer: signerFrom(randomBytes(32)),
  keyPrefix: 'bencher',
  consoleUrl: issuer,
  send: () => {},
  deliver: async () => true,
  signUp: 'open',
  limits: NO_LIMITS,
  quotas: NO_QUOTAS,
  verifier: createVerifier({ pool: db.pool }),
  document: () => ({}),
} as const
// One handler a request: the request that it gives createContext is not the one that its types say.
const handle = (request: IncomingMessage, response: ServerResponse) =>
  createOpenApiHttpHandler({
    router: appRouter,
    createContext: () => ({
      ...service,
      requestId: randomUUID(),
      now: new Date(now),
      authorization: request.headers.authorization,
      address: '',
      params: null,
      headers: {},
      worker: false,
    }),
    responseMeta: ({ ctx }) => ({ headers: ctx?.headers ?? {} }),
  })(request, response)
const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`)
})
