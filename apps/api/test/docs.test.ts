import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { appRouter, ERROR_CODES } from '@project-keys/keys'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { exampleOf } from '../src/docs/examples.ts'
import { endpointsOf } from '../src/rest/endpoints.ts'
import { SERVER, startService } from './service.ts'

const service = await startService()
const endpoints = endpointsOf(appRouter)

const page = await fetch(`${service.address}/docs`)
const html = await page.text()
const files = [...html.matchAll(/="(\/docs\/[^"]+)"/g)].map(([, file]) => file ?? '')

describe('/docs', () => {
  test('names files of its own alone, each under the hash of its content, which browsers keep for a year', async () => {
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) {
      const response = await fetch(service.address + file)
      const content = Buffer.from(await response.arrayBuffer())
      expect(file).toContain(createHash('sha256').update(content).digest('base64url').slice(0, 16))
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    }
    expect(html.replaceAll(service.consoleUrl, '').replaceAll(SERVER.apiUrl, '')).not.toMatch(/https?:\/\//)
  })

  test('is a page that must be asked for again, with a policy that allows no other host and a nonce of its own', async () => {
    expect(page.headers.get('cache-control')).toBe('no-store')
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy.replace(` ${SERVER.apiUrl};`, ';')).toMatch(
      /^default-src 'none'; script-src 'self';(?!.*(https?:|eval))/,
    )
    const again = await fetch(`${service.address}/docs`)
    expect(again.headers.get('content-security-policy')).not.toBe(policy)
  })

  test.each(['br', 'gzip'])(
    'sends its files compressed by %s, the large one with less than 1.5 MB',
    async (encoding) => {
      for (const file of files.filter((file) => /\.(js|css|json)$/.test(file))) {
        const headers = { 'accept-encoding': encoding }
        const { status, headers: answered } = await fetch(service.address + file, { method: 'HEAD', headers })
        expect([file, status, answered.get('content-encoding')]).toEqual([file, 200, encoding])
        expect(answered.get('vary')).toBe('accept-encoding')
        expect(Number(answered.get('content-length'))).toBeLessThan(1_500_000)
      }
    },
  )

  test('sends a file as it is to a client that refuses both', async () => {
    const [file = ''] = files.filter((file) => file.endsWith('.css'))
    const headers = { 'accept-encoding': 'br;q=0, identity' }
    expect((await fetch(service.address + file, { headers })).headers.get('content-encoding')).toBeNull()
  })

  test('serves no other file of the package that its script comes from', async () => {
    const folder = dirname(createRequire(import.meta.url).resolve('@scalar/api-reference/style.css'))
    const names = await readdir(join(folder, 'browser'))
    expect(names).toContain('standalone.js')
    for (const name of [...names, '', '..%2fpage.ts', 'reference.js']) {
      const head = `GET /docs/assets/${name} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
      expect([name, (await service.sendRaw(head)).status]).toEqual([name, 404])
    }
  })
})

const Sample = z.object({ lang: z.string(), source: z.string() })
const Operation = z.object({ description: z.string(), 'x-codeSamples': z.array(Sample) })
const Reference = z.object({
  info: z.object({ description: z.string() }),
  servers: z.array(z.object({ url: z.string() })),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
})
const [document = ''] = files.filter((file) => file.endsWith('.json'))
const reference = Reference.parse(await (await fetch(service.address + document)).json())
const operations = endpoints.map((endpoint) => {
  const operation = reference.paths[endpoint.path]?.[endpoint.method.toLowerCase()]
  if (!operation) throw new Error(`The reference has no ${endpoint.name}.`)
  return { endpoint, ...operation }
})

describe('the reference', () => {
  test('sends requests to the address at which people reach the API, wherever it was opened', () => {
    expect(reference.servers).toEqual([{ url: SERVER.apiUrl }])
    expect(html).toContain(`data-api="${SERVER.apiUrl}"`)
    expect(page.headers.get('content-security-policy')).toContain(`connect-src 'self' ${SERVER.apiUrl};`)
  })

  test('says of each endpoint who may call it, and by which command', () => {
    for (const { endpoint, description } of operations) {
      expect([endpoint.name, endpoint.who]).toEqual([endpoint.name, expect.stringMatching(/^.{10,}\.$/)])
      expect(description).toContain(`**Who may call.** ${endpoint.who}`)
      expect(description).toMatch(/\*\*CLI\.\*\* (`bencher [a-z ]+ ?[A-Za-z -]*`|There is no command for it\.)/)
    }
    const of = (name: string) => operations.find(({ endpoint }) => endpoint.name === name)?.description
    expect(of('projectKeys.create')).toContain('`manage` at the project: maintainers, the leaders of its organization')
    expect(of('projectKeys.create')).toContain('`bencher project key create PROJECT --name NAME --ttl SECONDS`')
    expect(of('projectMembers.remove')).toMatch(/Who may call.*by a session\.$/m)
  })

  test('lists every code of an endpoint, and those of all endpoints once', () => {
    const { info } = reference
    expect(info.description).toContain(`- 500 \`internal_error\`: ${ERROR_CODES.internal_error.meaning}`)
    for (const [name, codes] of [
      ['projectKeys.revoke', ['already_revoked', 'key_not_found', 'permission_denied', 'missing']],
      ['auth.signUp', ['sign_up_closed', 'rate_limited']],
    ] as const) {
      const description = operations.find(({ endpoint }) => endpoint.name === name)?.description
      for (const code of codes)
        expect(description).toContain(`- ${ERROR_CODES[code].status} \`${code}\`: ${ERROR_CODES[code].meaning}`)
    }
  })

  test('shows each request in curl, TypeScript, Python and Go, with an example that the endpoint accepts', () => {
    for (const { endpoint, 'x-codeSamples': samples } of operations) {
      expect(samples.map(({ lang }) => lang)).toEqual(['shell', 'typescript', 'python', 'go'])
      for (const { source } of samples) expect(source).not.toMatch(/undefined|NaN|\[object/)
      const { path, body } = exampleOf(endpoint)
      const read = z.object(endpoint.shape).safeParse({ ...body, ...path })
      expect([endpoint.name, read.error?.message]).toEqual([endpoint.name, undefined])
    }
  })

  test('has the guides beside it, without links to files that it cannot reach', () => {
    const guides = reference.tags.slice(0, 5)
    expect(guides.map(({ name }) => name)).toEqual([
      'The first key',
      'Create once',
      'Rotate a key',
      'How verification works',
      'Behind a gateway',
    ])
    for (const { description } of guides) {
      expect(description.length).toBeGreaterThan(500)
      expect(description).not.toMatch(/\]\((?!https:)/)
    }
  })
})
