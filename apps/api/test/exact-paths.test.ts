import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { exchange } from './http.ts'
import { startService } from './service.ts'

type Route = { method: string; path: string }
const routes: Route[] = []
const withParameters = (url: string) => url.replace(':path', 'server.version')

const Published = z.object({ fastify: z.custom<FastifyInstance>() })
// Fastify publishes each server before it has a route.
subscribe('fastify.initialization', (message) => {
  Published.parse(message).fastify.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each, path: withParameters(url) })
  })
})
const service = await startService()
const outside = routes.filter(({ path }) => !path.startsWith('/v0/'))

const port = Number(new URL(service.address).port)
/** A procedure wants an object. */
const withInput = (path: string) => `${path}${path.includes('?') ? '&' : '?'}input=%7B%7D`
const BODY = ['Content-Type: application/json', 'Content-Length: 2', '', '{}']
/** On a bare connection, because a client would normalize the path. */
async function statusOf({ method, path }: Route): Promise<number> {
  const head = [`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close']
  const answer = await exchange(port, [...head, ...(method === 'POST' ? BODY : ['', ''])].join('\r\n'))
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])
}

const hex = (letter: string) => (letter.codePointAt(0) ?? 0).toString(16)
/** Each letter of the path after its first slash, written otherwise. */
const withEach = (path: string, write: (letter: string) => string) =>
  [...path.slice(1)].map((letter, place) => path.slice(0, place + 1) + write(letter) + path.slice(place + 2))

/** Texts that a router or a proxy may read as the path, or may take for another one. */
const spellings = (path: string) => [
  ...withEach(path, (letter) => `%${hex(letter)}`),
  ...withEach(path, (letter) => `%${hex(letter).toUpperCase()}`).filter((text) => /%.?[A-F]/.test(text)),
  ...withEach(path, (letter) => `%25${hex(letter)}`),
  ...['/', '//', '/./', '/%2e/', '/x/../', '/x/%2e%2e/', '/v0/../', '/v0//', '//v0/../', '/;x/', '/%2f', '/\\'].map(
    (start) => start + path.slice(start === '/' ? 0 : 1),
  ),
  ...['/', '//', '/.', '/..', ';x', ';', '#', '#x', '.', '%00', '%20', '%3f', '\\', '/?x=1', ';x?x=1'].map(
    (end) => path + end,
  ),
  ...[...path].flatMap((letter, place) =>
    letter === '/' && place > 0 ? [`${path.slice(0, place)}/${path.slice(place)}`] : [],
  ),
  path.toUpperCase(),
  `http://localhost/${path}`,
  `http://localhost${path}/`,
  `http://localhost/%${hex(path.charAt(1))}${path.slice(2)}`,
  `http://localhost/v0/..${path}`,
]

describe('a path outside of /v0', () => {
  beforeAll(() => {
    const paths = new Set(outside.map(({ path }) => path))
    expect([...paths]).toEqual(
      expect.arrayContaining(['/livez', '/readyz', '/health', '/metrics', '/docs', '/trpc/server.version']),
    )
  })

  test('answers as it was registered, with a query and in absolute form too', async () => {
    // Until the verifier has heard of the database, /health is a 503.
    await expect.poll(() => service.verifier.health().fresh).toBe(true)
    for (const { method, path } of outside.filter((route) => route.method === 'GET')) {
      for (const exact of [path, `${path}?x=/%6d//`, `http://localhost:61016${path}`].map(withInput)) {
        expect([exact, await statusOf({ method, path: exact })]).toEqual([exact, 200])
      }
    }
  })

  test.each(['GET', 'POST'])('is a 404 in every other spelling, for %s', async (method) => {
    for (const { path } of outside.filter((route) => route.method === method)) {
      const wrong: [string, number][] = []
      for (const spelling of spellings(path)) {
        const status = await statusOf({ method, path: spelling })
        if (status !== 404) wrong.push([spelling, status])
      }
      expect(wrong).toEqual([])
    }
  })

  test('is a 404 in another spelling for every method that it takes', async () => {
    for (const { method, path } of outside) {
      expect([method, path, await statusOf({ method, path: `/${path}` })]).toEqual([method, path, 404])
    }
  })
})

describe('a path of /v0', () => {
  test('may have more slashes and percent codes, because clients send them', async () => {
    const version = ['//v0/server/version', '/v0//server//version', '/v0/server/version/', '/v0/%73erver/version']
    for (const path of [...version, 'http://localhost//v0/server/version']) {
      expect([path, await statusOf({ method: 'GET', path })]).toEqual([path, 200])
    }
  })

  test('is a 404 when `v0` itself is written otherwise, because a proxy’s rule for /v0 would miss it', async () => {
    for (const path of [
      '/%760/server/version',
      '/v%30/server/version',
      '/V0/server/version',
      '/x/../v0/server/version',
    ]) {
      expect([path, await statusOf({ method: 'GET', path })]).toEqual([path, 404])
    }
  })
})
