import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterAll, describe, expect, test } from 'vitest'
import { requireKey as requireKeyInExpress } from '../src/express.ts'
import { requireKey as requireKeyInFastify } from '../src/fastify.ts'
import { requireKey as requireKeyInHono } from '../src/hono.ts'
import { generateKey } from '../src/key.ts'
import { createVerifier, type Verifier } from '../src/verifier.ts'
import { createWorld } from './world.ts'

const world = await createWorld()
const verifier = await world.startVerifier()
const away = createVerifier({ connectionString: 'postgresql://anonymous@127.0.0.1:1/nothing' })
afterAll(away.close)

/** For each framework, a service that accepts keys of `example` only, and responds with the key. */
const services: Record<string, (verifier: Verifier) => Promise<Server>> = {
  Fastify: async (verifier) => {
    const app = fastify()
    app.get('/', { onRequest: requireKeyInFastify(verifier, { project: 'example' }) }, (request) => request.projectKey)
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server
  },
  Hono: async (verifier) => {
    const app = new Hono().get('/', requireKeyInHono(verifier, { project: 'example' }), (context) =>
      context.json(context.get('projectKey')),
    )
    return listening((port) => serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }))
  },
  Express: async (verifier) => {
    const app = express().get('/', requireKeyInExpress(verifier, { project: 'example' }), (_, response) => {
      response.json(response.locals.projectKey)
    })
    return listening((port) => app.listen(port, '127.0.0.1'))
  },
}

async function listening(listen: (port: number) => unknown): Promise<Server> {
  const server = listen(0)
  if (!isServer(server)) throw new Error('It must be a server.')
  if (!server.listening) await once(server, 'listening')
  return server
}

const isServer = (thing: unknown): thing is Server =>
  typeof thing === 'object' && thing !== null && 'listening' in thing

const servers: Server[] = []
afterAll(() => Promise.all(servers.map((server) => new Promise((closed) => server.close(closed)))))

async function startService(start: (verifier: Verifier) => Promise<Server>, by: Verifier) {
  const server = await start(by)
  servers.push(server)
  const { port } = addressOf(server)
  const sendWith = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${port}/`, { headers })
  const send = (key?: string) => sendWith(key ? { authorization: `Bearer ${key}` } : {})
  return Object.assign(send, { with: sendWith })
}

function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server must have a port.')
  return address
}

const today = new Date().toISOString().slice(0, 10)

describe.each(Object.entries(services))('the guard for %s', async (_, start) => {
  const send = await startService(start, verifier)

  test('accepts a good key and passes it on to the handler', async () => {
    const { uuid, key } = await world.createKey()
    for (const _ of ['from the database', 'from the cache']) {
      const response = await send(key)
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ uuid, project: { slug: 'example' } })
    }
  })

  test('answers 401 to a request without a key', async () => {
    const response = await send()
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await response.json()).toEqual({
      message: 'Send a project key: `Authorization: Bearer KEY`.',
      error_code: 'missing',
    })
  })

  test('says in the 401 what is wrong with the form of the credential', async () => {
    const key = generateKey('test', 'run')
    for (const [headers, message] of [
      [{ authorization: `Bearer "${key}"` }, /quotes, brackets/],
      [{ authorization: 'Bearer $KEY' }, /name of a variable/],
      [{ authorization: key }, /Bearer must come before/],
      [{ authorization: 'Basic YTpi' }, /Basic credential/],
      [{ authorization: `Bearer ${generateKey('test', 'user')}` }, /API token of a user/],
      [{ authorization: `Bearer ${key.slice(0, -3)}` }, /is cut/],
      [{ 'x-api-key': key }, /not in the header x-api-key/],
    ] as const) {
      const response = await send.with(headers)
      const body = await response.json()
      expect([response.status, body]).toMatchObject([401, { message: expect.stringMatching(message) }])
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
      expect(JSON.stringify(body)).not.toContain(key)
    }
  })

  test('answers 401 with the date to a revoked key', async () => {
    const { uuid, key } = await world.createKey()
    await world.revoke(uuid)
    const response = await send(key)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer error="invalid_token", error_description="This key was revoked on ${today}."`,
    )
    expect(await response.json()).toEqual({ message: `This key was revoked on ${today}.`, error_code: 'revoked' })
  })

  test('answers 401 without a hint to an unknown key', async () => {
    const response = await send(generateKey('test', 'run'))
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ message: 'This key is not known.', error_code: 'unknown' })
  })

  test('answers 403 to a good key of another project', async () => {
    const { key } = await world.createKey({}, await world.createProject())
    const response = await send(key)
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    expect(await response.json()).toMatchObject({ error_code: 'other_project' })
  })

  test('answers 503 while the database is unavailable', async () => {
    const sendAway = await startService(start, away)
    const response = await sendAway(generateKey('test', 'run'))
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(await response.json()).toMatchObject({ error_code: 'database_unavailable' })
  })
})
