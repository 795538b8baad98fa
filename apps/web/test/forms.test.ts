import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { words } from '../src/lib/words/en.ts'
import { findForms, holdBack, URL_ENCODED } from './support/forms.ts'
import { type Body, type Headers, STACK, startOwnConsole } from './support/own-console.ts'
import { createWorld, type World } from './support/world.ts'

const { consoleUrl, send, expectNoOutput } = await startOwnConsole()

let world: World
let pages: string[]
let actions: string[]
beforeAll(async () => {
  world = await createWorld()
  ;({ pages, actions } = await findForms(world))
})

const MULTIPART = 'multipart/form-data; boundary=x'
const part = (headers: string, value = 'ci') => `--x\r\nContent-Disposition: form-data; ${headers}\r\n\r\n${value}\r\n`
const tooLarge = `name=${'x'.repeat(65_536)}`

type Broken = [what: string, status: 400 | 413 | 415, headers: Headers, body: Body]

const broken: Broken[] = [
  ['no type and no body', 415, {}, null],
  ['no type', 415, {}, Buffer.from('name=ci')],
  ['JSON', 415, { 'content-type': 'application/json' }, '{"name":"ci"}'],
  ['plain text', 415, { 'content-type': 'text/plain' }, 'name=ci'],
  ['a type that is no type', 415, { 'content-type': ';;' }, 'name=ci'],
  ['the type of the framework’s own forms', 415, { 'content-type': 'application/x-sveltekit-formdata' }, 'name=ci'],
  ['another charset', 415, { 'content-type': `${URL_ENCODED}; charset=utf-16` }, Buffer.from('name=ci', 'utf16le')],
  ['a compressed body', 415, { 'content-type': URL_ENCODED, 'content-encoding': 'gzip' }, gzipSync('name=ci')],
  ['bytes that are not UTF-8', 400, { 'content-type': URL_ENCODED }, Buffer.from('name=é', 'latin1')],
  ['no boundary', 400, { 'content-type': 'multipart/form-data' }, `${part('name="name"')}--x--`],
  ['a wrong boundary', 400, { 'content-type': 'multipart/form-data; boundary=y' }, `${part('name="name"')}--x--`],
  ['a multipart body that ends early', 400, { 'content-type': MULTIPART }, part('name="name"')],
  ['a multipart type without a body', 400, { 'content-type': MULTIPART }, null],
  ['a part without a name', 400, { 'content-type': MULTIPART }, `${part('x')}--x--`],
  ['a file', 400, { 'content-type': MULTIPART }, `${part('name="name"; filename="a"')}--x--`],
  ['too many bytes', 413, { 'content-type': URL_ENCODED }, tooLarge],
  ['too many bytes in chunks', 413, { 'content-type': URL_ENCODED, 'transfer-encoding': 'chunked' }, tooLarge],
]

const signedIn = () => ({ cookie: `session=${world.session}` })

/** The error page shows what to do, and nothing of the program or the session. */
function expectPage({ status, text }: { status: number; text: string }) {
  const { next } = words.failure
  const advice = Object.entries(next).find(([known]) => Number(known) === status)?.[1]
  expect(text).toContain(`<p class="muted">${advice}</p>`)
  expectDiscreet(text)
}

function expectDiscreet(text: string) {
  expect(text).not.toMatch(STACK)
  expect(text).not.toContain(world.session)
}

/** There are more than 500 broken forms. */
const MANY = { timeout: 90_000 }

test(
  'every form action refuses every broken form with a page that says what to do, and changes nothing',
  MANY,
  async () => {
    const before = await world.state(world.session)
    for (const path of actions) {
      const answers = broken.map(async ([what, status, headers, body]) => {
        const answer = await send(path, { ...headers, ...signedIn() }, body)
        expect(answer.status, `${path}: ${what}`).toBe(status)
        expectPage(answer)
        const anonymous = await send(path, headers, body)
        expect([status, 401], `${path}: ${what}, anonymously`).toContain(anonymous.status)
        expectPage(anonymous)
      })
      await Promise.all(answers)
    }
    expect(await world.state(world.session)).toEqual(before)
    await expectNoOutput()
  },
)

test('every form action refuses every broken form that a script sends with the status as JSON', async () => {
  for (const path of actions) {
    const answers = broken.map(async ([what, status, headers, body]) => {
      const answer = await send(path, { ...headers, ...signedIn(), accept: 'application/json' }, body)
      expect(answer.status, `${path}: ${what}`).toBe(status)
      expect(JSON.parse(answer.text)).toMatchObject({ type: 'error', error: { status } })
      expectDiscreet(answer.text)
    })
    await Promise.all(answers)
  }
  await expectNoOutput()
})

test('a form for an unknown action, or for a page without forms, is refused with 404 or 405', async () => {
  const unknown = ['nope', 'default', '__proto__', 'constructor', 'remote', 'remote=a/b', '']
  for (const page of pages) {
    const takesForm = actions.includes(page)
    const paths = [...unknown.map((name) => `${page}?/${name}`), ...(takesForm ? [] : [page])]
    const answers = paths.map(async (path) => {
      for (const headers of [{}, signedIn()]) {
        const answer = await send(path, { 'content-type': URL_ENCODED, ...headers }, 'name=ci')
        expect('cookie' in headers ? [404, 405] : [404, 405, 401], path).toContain(answer.status)
        expectPage(answer)
      }
    })
    await Promise.all(answers)
  }
  await expectNoOutput()
})

test('a session cookie that can be no token counts as none', async () => {
  for (const path of actions.filter((path) => !path.startsWith('/auth/'))) {
    for (const value of ['%00', '%E2%82%AC', 'a%0Ab', '%', 'é']) {
      const headers = { 'content-type': URL_ENCODED, cookie: `session=${value}` }
      expect((await send(path, headers, 'name=ci')).status, `${path} with ${value}`).toBe(401)
    }
  }
  await expectNoOutput()
})

test('a client that hangs up in the middle of a form causes no line of output', async () => {
  const { session, fields } = await createWorld()
  for (const path of actions) (await holdBack({ consoleUrl, path, session, fields })).hangUp()
  await setTimeout(500)
  await expectNoOutput()
})

test('the largest form is answered within a second, however small its fields are', async () => {
  const field = part('name="a"', '')
  const forms = [
    [URL_ENCODED, 'a&'.repeat(32_000)],
    [MULTIPART, `${field.repeat(64_000 / field.length)}--x--`],
  ] as const
  for (const [type, body] of forms) {
    const began = performance.now()
    expect((await send('/auth/signin', { 'content-type': type }, body)).status).toBe(400)
    expect(performance.now() - began).toBeLessThan(1_000)
  }
})
