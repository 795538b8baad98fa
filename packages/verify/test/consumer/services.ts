import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createVerifier } from '@project-keys/verify'
import { requireKey as requireKeyInExpress } from '@project-keys/verify/express'
import { requireKey as requireKeyInFastify } from '@project-keys/verify/fastify'
import { requireKey as requireKeyInHono } from '@project-keys/verify/hono'
import { hashKey } from '@project-keys/verify/key'
import { redact } from '@project-keys/verify/redact'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'

// Three services in TypeScript: each prints what it answers with the key and without one.
const { KEYS_DATABASE_URL = '', KEY = '' } = process.env
const verifier = createVerifier({ connectionString: KEYS_DATABASE_URL })
const options = { project: 'example' }
const named = (name: string | undefined) => ({ name, hash: hashKey(KEY).toString('hex'), key: redact(KEY) })

async function serveFastify(): Promise<RequestListener> {
  const app = fastify()
  app.get('/', { onRequest: requireKeyInFastify(verifier, options) }, ({ projectKey }) => named(projectKey?.name))
  await app.ready()
  return app.routing
}
function serveHono(): RequestListener {
  const app = new Hono()
  app.get('/', requireKeyInHono(verifier, options), (context) => context.json(named(context.get('projectKey').name)))
  return getRequestListener(app.fetch)
}
function serveExpress(): RequestListener {
  const app = express()
  app.get('/', requireKeyInExpress(verifier, options), (_, response) => {
    response.json(named(response.locals.projectKey.name))
  })
  return app
}

async function answers(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}/`
  const good = await fetch(url, { headers: { authorization: `Bearer ${KEY}` } })
  const anonymous = await fetch(url)
  const found = { good: [good.status, await good.json()], anonymous: [anonymous.status, await anonymous.json()] }
  server.closeAllConnections()
  server.close()
  return found
}

const found = {
  fastify: await answers(await serveFastify()),
  hono: await answers(serveHono()),
  express: await answers(serveExpress()),
}
await verifier.close()
console.log(JSON.stringify(found))
