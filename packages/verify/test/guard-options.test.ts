import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { type Context, Hono } from 'hono'
import { afterAll, describe, expect, test } from 'vitest'
import { requireKey as requireKeyInExpress } from '../src/express.ts'
import { requireKey as requireKeyInFastify } from '../src/fastify.ts'
import { requireKey as requireKeyInHono } from '../src/hono.ts'
import { createWorld } from './world.ts'

const world = await createWorld()
const verifier = await world.startVerifier()
const scopes = ['reports:write']
const servers: Server[] = []
afterAll(() => servers.forEach((server) => void server.close()))

async function portOf(server: unknown): Promise<number> {
  if (!isServer(server)) throw new Error('It must be a server.')
  servers.push(server)
  if (!server.listening) await once(server, 'listening')
  return addressOf(server).port
}
const isServer = (thing: unknown): thing is Server =>
  typeof thing === 'object' && thing !== null && 'listening' in thing
function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server must have a port.')
  return address
}

/** For each framework, a service at `/` that trusts no proxy; `trusting` trusts 127.0.0.1, or tells the address itself. */
const services: Record<string, (trusting: boolean) => Promise<number>> = {
  Fastify: async (trusting) => {
    const app = fastify({ trustProxy: trusting ? '127.0.0.1' : false })
    app.get('/', { onRequest: requireKeyInFastify(verifier, { scopes }) }, () => ({ good: true }))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return portOf(app.server)
  },
  Express: async (trusting) => {
    const app = express().set('trust proxy', trusting ? '127.0.0.1' : false)
    app.get('/', requireKeyInExpress(verifier, { scopes }), (_, response) => void response.json({ good: true }))
    return portOf(app.listen(0, '127.0.0.1'))
  },
  Hono: async (trusting) => {
    const address = (context: Context) => (trusting ? context.req.header('x-forwarded-for') : undefined)
    const app = new Hono().get('/', requireKeyInHono(verifier, { scopes, address }), (context) =>
      context.json({ good: true }),
    )
    return portOf(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }))
  },
}

async function keyWith(settings: Record<string, unknown>) {
  const key = await world.createKey()
  for (const [column, value] of Object.entries(settings))
    await world.sql(`UPDATE project_keys SET ${column} = $2 WHERE uuid = $1`, [key.uuid, value])
  return key.key
}

describe.each(Object.entries(services))('the guard for %s', async (name, start) => {
  const [port, trustingPort] = [await start(false), await start(true)]
  const send = (key: string, { at = port, from = '' } = {}) =>
    fetch(`http://127.0.0.1:${at}/`, {
      headers: { authorization: `Bearer ${key}`, ...(from && { 'x-forwarded-for': from }) },
    })

  test('answers 403 to a key that lacks a scope, and names the scopes that are required', async () => {
    expect((await send(await keyWith({ scopes: ['reports:*'] }))).status).toBe(200)
    const refused = await send(await keyWith({ scopes: ['jobs'] }))
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="reports:write"')
    expect(await refused.json()).toMatchObject({ error_code: 'insufficient_scope' })
  })

  test('compares the address with the networks of the key, and refuses one that an unknown proxy tells', async () => {
    const key = await keyWith({ allowed_networks: ['127.0.0.0/8', '192.0.2.0/24'] })
    const codeAt = async (where: Parameters<typeof send>[1]) => {
      const body: unknown = await (await send(key, where)).json()
      return typeof body === 'object' && body !== null && 'error_code' in body ? body.error_code : 'good'
    }
    expect(await codeAt({})).toBe(name === 'Hono' ? 'address_unknown' : 'good')
    expect(await codeAt({ from: '192.0.2.1' })).toBe('address_unknown')
    expect(await codeAt({ at: trustingPort, from: '192.0.2.1' })).toBe('good')
    expect(await codeAt({ at: trustingPort, from: '198.51.100.1' })).toBe('address_not_allowed')
  })

  test('answers 429 with Retry-After beyond the limit of the key, and tells what is left before', async () => {
    const key = await keyWith({ rate_limit: { requests: 1, seconds: 86_400 } })
    const good = await send(key)
    expect([good.status, good.headers.get('ratelimit-policy')]).toEqual([200, '"key";q=1;w=86400'])
    expect(good.headers.get('ratelimit')).toMatch(/^"key";r=0;t=\d+$/)
    const refused = await send(key)
    expect([refused.status, refused.headers.has('www-authenticate')]).toEqual([429, false])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(await refused.json()).toMatchObject({ error_code: 'key_rate_limited' })
  })

  test('adds no header for a plain key', async () => {
    const { headers } = await send((await world.createKey()).key)
    expect([headers.has('ratelimit'), headers.has('ratelimit-policy')]).toEqual([false, false])
  })
})
