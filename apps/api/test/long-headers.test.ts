import { expect, test } from 'vitest'
import { startService } from './service.ts'

const service = await startService({ trustedProxies: ['127.0.0.1'] })

/** The headers that the service reads. */
const HEADERS = [
  'Authorization',
  'Access-Control-Request-Headers',
  'Content-Type',
  'Content-Encoding',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Client-Address',
  'X-Api-Key',
  'TRPC-Accept',
  'Accept-Encoding',
]
const PARTS = [' ', ',', ', ', 'a ', '=', '.', '"', ';', '/', '_run_', 'eyJ', '%2E', 'basic ', 'bearer ']
const page = await (await fetch(`${service.address}/docs`)).text()
const asset = /\/docs\/assets\/icon[^"]*/.exec(page)?.[0]
const ROUTES = ['OPTIONS /v0/projects', 'POST /v0/introspect', 'GET /v0/verify/a', `GET ${asset}`]
const LENGTH = 15_000 // Node takes heads of up to 16 KiB.
const MOST = 50 // ms of the processor; a search from each letter takes 80 or more
const TRIES = 3

async function costOf(head: string): Promise<number> {
  const before = process.cpuUsage()
  const { status } = await service.sendRaw(head)
  expect(status).toBeLessThan(500)
  return process.cpuUsage(before).user / 1000
}

/** The least of several tries, because the process does other things, too. */
async function leastCostOf(head: string, tries = TRIES): Promise<number> {
  const cost = await costOf(head)
  return cost < MOST || tries === 1 ? cost : leastCostOf(head, tries - 1)
}

test.each(HEADERS)('a long %s costs an anonymous caller’s request no time that grows with its square', async (name) => {
  for (const part of PARTS) {
    const value = `a${part.repeat(LENGTH / part.length)}b`
    for (const route of ROUTES) {
      const cost = await leastCostOf(`${route} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${name}: ${value}\r\n\r\n`)
      expect(cost, `${route} with many ${JSON.stringify(part)}`).toBeLessThan(MOST)
    }
  }
})
