import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { ISSUER, SECRET, START, startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
const script = join(import.meta.dirname, 'stock-adapter.fixture.ts')
const words = [script, service.databaseUrl, SECRET, ISSUER, START.toISOString()]
const stock = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
afterAll(() => void stock.kill())
const [address] = await once(stock.stdout.setEncoding('utf8'), 'data')

let ada: Person
let outsider: Person
let project: Project
let path: string

beforeAll(async () => {
  ada = await signUp(service)
  outsider = await signUp(service)
  project = await createProject(service, ada)
  for (const name of ['b', 'a', 'É']) path = keyOf(project, await createKey(service, ada, project, { name, ttl: 60 }))
})

type Content = { token?: string; body?: unknown }

const Refusal = z.object({ message: z.string() })

/** The response of the stock adapter, whose successes are all 200 and whose refusals of input have other messages. */
async function askStock(method: string, path: string, { token, body }: Content) {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
  const content = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(String(address).trim() + path, { method, headers, ...content })
  const text = await response.text()
  return said(response.status, text ? JSON.parse(text) : undefined, response.headers)
}

async function askOurs(method: string, path: string, content: Content) {
  const { status, body, headers } = await service.send(method, path, content)
  return said(status, body, headers)
}

function said(status: number, body: unknown, headers: Headers) {
  const total = headers.get('x-total-count')
  if (status < 300)
    return { status: 'done', total, body: Array.isArray(body) || !body ? body : { ...body, uuid: '', key: '' } }
  return { status, total, body: status === 400 ? null : Refusal.parse(body).message }
}

const both = async (method: string, path: string, content: Content) => [
  await askOurs(method, path, content),
  await askStock(method, path, content),
]

test('trpc-openapi’s own handler gives the same answers from the same router', async () => {
  const { token } = ada
  const requests: [string, string, Content][] = [
    ['GET', '/v0/server/version', {}],
    ['GET', keysOf(project), { token }],
    ['GET', `${keysOf(project)}?per_page=1&page=2&direction=desc`, { token }],
    ['GET', `${keysOf(project)}?search=%C3%A9&name=%C3%89`, { token }],
    ['GET', `${keysOf(project)}?per_page=256`, { token }],
    ['GET', `${keysOf(project)}?sort=creation`, { token }],
    ['GET', path, { token }],
    ['GET', `/v0/projects/${project.uuid}`, { token: outsider.token }],
    ['POST', keysOf(project), { token, body: { name: 'c', ttl: 60 } }],
    ['POST', keysOf(project), { token, body: { name: ' c' } }],
    ['PATCH', path, { token, body: { name: 'd' } }],
    ['PATCH', path, { token, body: {} }],
    ['GET', keysOf(project), {}],
    ['POST', keysOf(project), { token: 'x', body: { name: 'c' } }],
    ['GET', keysOf(project), { token: outsider.token }],
    ['GET', keysOf({ slug: 'nowhere' }), { token }],
    ['GET', keyOf(project, ada), { token }],
  ]
  for (const [method, path, content] of requests) {
    const [ours, stocks] = await both(method, path, content)
    expect([method, path, ours]).toEqual([method, path, stocks])
  }
})

test('trpc-openapi’s own handler revokes once, as ours does', async () => {
  const first = await createKey(service, ada, project, { name: 'x' })
  const second = await createKey(service, ada, project, { name: 'y' })
  expect([
    await askOurs('DELETE', keyOf(project, first), ada),
    await askOurs('DELETE', keyOf(project, first), ada),
  ]).toEqual([
    await askStock('DELETE', keyOf(project, second), ada),
    await askStock('DELETE', keyOf(project, second), ada),
  ])
})
