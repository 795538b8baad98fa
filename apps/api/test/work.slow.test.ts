import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { appRouter } from '@project-keys/keys'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { endpointsOf } from '../src/rest/endpoints.ts'
import { procedures } from './procedures.ts'
import { startService } from './service.ts'

const service = await startService({ trustedProxies: ['127.0.0.1'] })
const SMALL = 1 << 16
const LARGE = 1 << 20
const JSON_TYPE = 'application/json'
const FORM = 'application/x-www-form-urlencoded'

/** Repeats a part, which gets its place, up to this length. */
function repeat(length: number, part: (place: number) => string, separator: string): string {
  const parts: string[] = []
  for (let size = 0, place = 0; size < length; place++) {
    const next = part(place)
    parts.push(next)
    size += next.length + separator.length
  }
  parts.pop()
  return parts.join(separator)
}

/** Texts of many small parts, for the field `name`. */
const JSON_SHAPES: Record<string, (name: string, length: number) => string> = {
  'an array': (name, length) => `{"${name}":[${repeat(length, () => '0', ',')}]}`,
  'arrays in arrays': (name, length) => `{"${name}":${'['.repeat(length / 2)}${']'.repeat(length / 2)}}`,
  'objects in objects': (name, length) => `{"${name}":${'{"a":'.repeat(length / 6)}0${'}'.repeat(length / 6)}}`,
  'many fields': (name, length) => `{"${name}":0,${repeat(length, (place) => `"${place}":0`, ',')}}`,
  'one field many times': (name, length) => `{${repeat(length, () => `"${name}":0`, ',')}}`,
  'a long text of spaces': (name, length) => `{"${name}":"a${' '.repeat(length - 20)}"}`,
  'a long text of hyphens': (name, length) => `{"${name}":"a${'-a'.repeat(length / 2 - 10)}-"}`,
  'a long text of dots': (name, length) => `{"${name}":"a@${'a.'.repeat(length / 2 - 10)}"}`,
  'a long text of emoji': (name, length) => `{"${name}":"${'🚀'.repeat(length / 4 - 10)}"}`,
}
const FORM_SHAPES: Record<string, (name: string, length: number) => string> = {
  'many fields': (_, length) => repeat(length, (place) => `${place}=0`, '&'),
  'one unknown field many times': (_, length) => repeat(length, () => 'x=0', '&'),
  'a field many times': (name, length) => repeat(length, () => `${name}=0`, '&'),
  'separators alone': (_, length) => '&'.repeat(length),
  'codes of letters': (name, length) => `${name}=${'%61'.repeat(length / 3 - 10)}`,
}

/** The time in ms that this process computes for a request, which no other process can make longer. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const began = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(began)
  return (user + system) / 1000
}

/** The cost of a request besides its input: a credential, a question to the database, a response. In ms. */
const REQUEST_MS = 10
const TRIES = 10

type Measured = { small: () => Promise<unknown>; large: () => Promise<unknown>; bare?: () => Promise<unknown> }

/** Compares the least times of several tries, because a collection of garbage makes some longer. */
async function expectLittleWork(what: string, { small, large, bare }: Measured) {
  const least = { small: Infinity, large: Infinity, bare: Infinity }
  const most = () => Math.min(20 * least.small, 3 * least.bare) + REQUEST_MS
  for (let tried = 0; tried < TRIES && !(least.large < most()); tried++) {
    least.small = Math.min(least.small, await timeOf(small))
    least.large = Math.min(least.large, await timeOf(large))
    if (bare) least.bare = Math.min(least.bare, await timeOf(bare))
  }
  expect(least.large, `${what}: ${JSON.stringify(least)}`).toBeLessThan(most())
}

/** A server that does nothing but read a body and parse it. */
const bare = createServer((request, response) => void answerBare(request, response)).listen(0, '127.0.0.1')
async function answerBare(request: IncomingMessage, response: ServerResponse) {
  const body = await text(request)
  if (request.headers['content-type'] === FORM) response.end(String([...new URLSearchParams(body)].length))
  else response.end(typeof JSON.parse(body))
}
await once(bare, 'listening')
afterAll(() => void bare.close())
const Address = z.object({ port: z.int() })
const bareUrl = `http://127.0.0.1:${Address.parse(bare.address()).port}`

const UUID = '01890a5d-ac96-774b-bcce-b302099a8057'
const { token } = service.admin
const at = (path: string) => path.replace(/\{\w+\}/g, UUID)
const fieldOf = (fields: object) => Object.keys(fields).at(-1) ?? 'name'
const endpoints = endpointsOf(appRouter)
const bodies = [
  ...endpoints
    .filter(({ body }) => body !== 'none')
    .map(({ method, path, form, fields }) => ({ method, path: at(path), form, field: fieldOf(fields) })),
  ...procedures
    .filter(({ type }) => type === 'mutation')
    .map(({ name, shape }) => ({ method: 'POST', path: `/trpc/${name}`, form: false, field: fieldOf(shape) })),
]

test.each(bodies)(
  '1 MiB costs at most 20 times what 64 KiB cost, and 3 times what its parser takes, as a body of $method $path',
  async ({ method, path, form, field }) => {
    const headers = { 'content-type': form ? FORM : JSON_TYPE }
    for (const [name, shape] of Object.entries(form ? FORM_SHAPES : JSON_SHAPES)) {
      // A form has at most 64 KiB.
      const [few, body] = form
        ? [shape(field, SMALL / 16), shape(field, SMALL - 16)]
        : [shape(field, SMALL), shape(field, LARGE)]
      await expectLittleWork(name, {
        small: () => service.send(method, path, { token, headers, body: few }),
        large: () => service.send(method, path, { token, headers, body }),
        bare: async () => (await fetch(bareUrl, { method: 'POST', headers, body })).text(),
      })
    }
  },
)

const queries = [
  ...endpoints
    .filter(({ body }) => body === 'none')
    .flatMap(({ method, path, fields }) =>
      Object.values(FORM_SHAPES).map((shape) => ({
        method,
        path: at(path),
        queryOf: (length: number) => shape(fieldOf(fields), length),
      })),
    ),
  ...procedures
    .filter(({ type }) => type === 'query')
    .flatMap(({ name, shape: fields }) =>
      Object.values(JSON_SHAPES).map((shape) => ({
        method: 'GET',
        path: `/trpc/${name}`,
        queryOf: (length: number) => `input=${encodeURIComponent(shape(fieldOf(fields), length / 4))}`,
      })),
    ),
]

/** Asks for 1 KiB and for 14 KiB of a thing, because a request line and all headers have at most 16. */
const expectLittleOf = (what: string, ask: (length: number) => Promise<unknown>) =>
  expectLittleWork(what, { small: () => ask(1 << 10), large: () => ask(14 << 10) })

test('a long query costs no more than its length', async () => {
  for (const { method, path, queryOf } of queries) {
    await expectLittleOf(path, (length) => service.send(method, `${path}?${queryOf(length)}`, { token }))
  }
})

const HEADERS: Record<string, (length: number) => Record<string, string>> = {
  'a token of spaces': (length) => ({ authorization: `Bearer x${' '.repeat(length)}x` }),
  'a token of dots': (length) => ({ authorization: `Bearer ${'.'.repeat(length)}` }),
  'a key of underscores': (length) => ({ authorization: `Bearer ${'_run_'.repeat(length / 5)}` }),
  'a token that looks signed': (length) => ({ authorization: `Bearer ${'eyJ.'.repeat(length / 4)}` }),
  'many proxies': (length) => ({ 'x-forwarded-for': '1.1.1.1,'.repeat(length / 8) }),
  'proxies of commas': (length) => ({ 'x-forwarded-for': ','.repeat(length) }),
  'many cookies': (length) => ({ cookie: 'a=b;'.repeat(length / 4) }),
  'a type of semicolons': (length) => ({ 'content-type': `application/json${';'.repeat(length)}` }),
}

test.each(Object.entries(HEADERS))('long headers cost no more than their length: %s', async (_, headersOf) => {
  for (const path of [
    '/v0/verify',
    '/v0/organizations',
    '/trpc/users.me',
    '/trpc/users.me,users.me?batch=1',
    '/nope',
  ]) {
    await expectLittleOf(path, (length) => service.send('GET', path, { headers: headersOf(length) }))
  }
})

test('a long path costs no more than its length', async () => {
  for (const part of ['/', 'a,', '%61', '_run_', 'eyJ.eyJ.', '.']) {
    for (const start of ['/', '/v0/projects/', '/trpc/', '/docs/assets/']) {
      await expectLittleOf(start + part, (length) =>
        fetch(service.address + start + part.repeat(length / part.length)).then((answer) => answer.text()),
      )
    }
  }
})
