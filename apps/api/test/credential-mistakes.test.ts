import { generateKey } from '@project-keys/verify/key'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { Content } from './http.ts'
import { startService } from './service.ts'
import { createKey, createProject, createUserKey, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project
let key: string
let apiToken: string

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada, 'private')
  key = (await createKey(service, ada, project, { name: 'ci' })).key
  apiToken = (await createUserKey(service, ada, { name: 'cli' })).key
})

const input = () => encodeURIComponent(JSON.stringify({ project: project.slug }))
/** One call by each way to the API: a user's, one that anonymous callers may make, and a verification. */
const WAYS: Record<string, (content: Content) => ReturnType<typeof service.send>> = {
  'REST, for users': (content) => service.send('POST', keysOf(project), { ...content, body: { name: 'x' } }),
  'REST, for everybody': (content) => service.send('GET', `/v0/projects/${project.slug}`, content),
  'tRPC, for users': (content) => service.send('GET', `/trpc/projectKeys.list?input=${input()}`, content),
  'tRPC, for everybody': (content) => service.send('GET', `/trpc/projects.view?input=${input()}`, content),
  'GET /v0/verify': (content) => service.send('GET', '/v0/verify', content),
  'tRPC, verify': (content) => service.send('GET', '/trpc/verification.verify?input=%7B%7D', content),
}
const verifies = (way: string) => way.endsWith('verify')

type Mistake = { headers: () => Record<string, string>; says: RegExp; ways?: (way: string) => boolean }
const bearer = (text: () => string) => () => ({ authorization: `Bearer ${text()}` })
const basic = (text: () => string) => () => ({ authorization: `Basic ${btoa(text())}` })
const MISTAKES: Record<string, Mistake> = {
  'quotes around it': { headers: bearer(() => `"${key}"`), says: /quotes, brackets/ },
  'brackets around it': { headers: bearer(() => `<${ada.token}>`), says: /quotes, brackets/ },
  'the word Bearer inside': { headers: bearer(() => `Bearer ${key}`), says: /Bearer is there twice/ },
  'no word Bearer': { headers: () => ({ authorization: key }), says: /Bearer must come before/ },
  'a variable of a shell': { headers: bearer(() => '$KEY'), says: /name of a variable/ },
  'a variable in braces': { headers: bearer(() => '$' + '{KEY}'), says: /name of a variable/ },
  'a variable of Windows': { headers: bearer(() => '%KEY%'), says: /name of a variable/ },
  'a variable of a template': { headers: bearer(() => '{{key}}'), says: /name of a variable/ },
  'a placeholder': { headers: bearer(() => '<token>'), says: /placeholder/ },
  'an empty variable': { headers: () => ({ authorization: 'Bearer ' }), says: /no credential after Bearer/ },
  'a line break': { headers: bearer(() => `${key}\\n`), says: /line break/ },
  'a blank': { headers: bearer(() => `${key.slice(0, 20)} ${key.slice(20)}`), says: /a blank in/ },
  'a Basic credential': {
    headers: basic(() => `ada:${key}`),
    says: /Basic credential.*send `Authorization: Bearer/,
    ways: (way) => !verifies(way),
  },
  'a Basic credential without a key': {
    headers: basic(() => ':'),
    says: /must have a project key as its password/,
    ways: verifies,
  },
  'a Basic credential with an API token': {
    headers: basic(() => `ada:${apiToken}`),
    says: /API token of a user/,
    ways: verifies,
  },
  'a Basic credential that is a variable': {
    headers: basic(() => 'ada:$KEY'),
    says: /name of a variable/,
    ways: verifies,
  },
  'another header': { headers: () => ({ 'x-api-key': key }), says: /not in the header x-api-key/ },
  'a key that is cut': { headers: bearer(() => key.slice(0, -5)), says: /is cut/ },
  'a key twice': { headers: bearer(() => key + key), says: /there twice/ },
  'a token that is cut': { headers: bearer(() => ada.token.slice(0, 60)), says: /is cut/ },
  'the token of a sign-in link': {
    headers: bearer(() => service.tokens.sign({ audience: 'auth', email: ada.email, now: service.clock.now, ttl: 60 })),
    says: /sign-in link/,
  },
  'an API token where a project key is required': {
    headers: bearer(() => apiToken),
    says: /API token of a user/,
    ways: verifies,
  },
  'a session where a project key is required': {
    headers: bearer(() => ada.token),
    says: /session of a user/,
    ways: verifies,
  },
}

const Refusal = z.object({ message: z.string() })
const Answer = z.union([Refusal, z.object({ error: Refusal }).transform(({ error }) => error)])

const cases = Object.entries(MISTAKES).flatMap(([mistake, { ways = () => true, ...rest }]) =>
  Object.keys(WAYS).flatMap((way) => (ways(way) ? [{ mistake, way, ...rest }] : [])),
)

test.each(cases)('the 401 for $mistake says so: $way', async ({ way, headers, says }) => {
  const answer = await WAYS[way]?.({ headers: headers() })
  expect(answer?.status).toBe(401)
  expect(Answer.parse(answer?.body).message).toMatch(says)
  for (const credential of [key, apiToken, ada.token]) {
    expect(answer?.text).not.toContain(credential.slice(-12))
    expect(answer?.headers.get('www-authenticate')).not.toContain(credential.slice(-12))
  }
})

test('a project key that manages is a 403, which says what kind is needed', async () => {
  const { status, body } = await service.send('POST', keysOf(project), { token: key, body: { name: 'x' } })
  expect([status, body]).toMatchObject([403, { error_code: 'project_key_not_accepted' }])
})

test('a credential whose form is right is refused in the words of before', async () => {
  const unknown = generateKey('bencher', 'run')
  for (const path of ['/v0/verify', keysOf(project)]) {
    const { body } = await service.send('GET', path, { token: unknown })
    expect(body).toMatchObject({ message: 'This key is not known.', error_code: 'unknown' })
  }
})
