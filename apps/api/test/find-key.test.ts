import { createLimits } from '@project-keys/keys'
import { generateKey, hashKey } from '@project-keys/verify/key'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Answer, expectRefusal } from './http.ts'
import { startService } from './service.ts'
import {
  addMember,
  createKey,
  createProject,
  createUserKey,
  keyOf,
  type Person,
  type Project,
  signUp,
} from './world.ts'

const often = { count: 10_000, span: 60 }
const three = { count: 3, span: 60 }
const limitsOf = (authentication: typeof often) => ({
  sign_in: often,
  authentication,
  keys: often,
  mails: often,
  recipients: often,
})
const service = await startService({ limits: (db) => createLimits(db, limitsOf(often)) })
const guarded = await startService({ limits: (db) => createLimits(db, limitsOf(three)) })

let ada: Person
let project: Project
beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada, 'private')
})

const find = (token: string, key: string) => service.send('POST', '/v0/keys/find', { token, body: { key } })

/** A refusal without what differs for each request. */
function comparable({ status, body, headers }: Answer) {
  const ignored = ['date', 'x-request-id', 'connection', 'keep-alive']
  const kept = [...headers].filter(([name]) => !ignored.includes(name))
  return { status, body: Object.assign({}, body, { request_id: null }), headers: kept }
}

describe('POST /v0/keys/find', () => {
  test('tells those who manage its project which key it is, whatever became of the key', async () => {
    const key = await createKey(service, ada, project, { name: 'leaked', ttl: 60 })
    const maintainer = await addMember(service, project, 'maintainer')
    const apiToken = (await createUserKey(service, ada, { name: 'cli' })).key
    const answer = { project: project.uuid, uuid: key.uuid }
    for (const token of [ada.token, maintainer.token, apiToken, service.admin.token]) {
      const { status, body } = await find(token, key.key)
      expect([status, body]).toEqual([200, answer])
    }
    await service.send('DELETE', keyOf(project, key), { token: ada.token })
    expect((await find(ada.token, key.key)).body).toEqual(answer)
    service.wait(61)
    expect((await find(ada.token, key.key)).body).toEqual(answer)
  })

  test('finds a key by the secret that it had before its rotation', async () => {
    const { uuid } = await createKey(service, ada, project, { name: 'rotated' })
    const old = generateKey('bencher', 'run')
    const rotation = { key: uuid, hash: new Uint8Array(hashKey(old)), last_four: old.slice(-4), grace: 60 }
    await service.db.pool.query(
      `INSERT INTO project_key_rotations (key, hash, last_four, grace, started, ends) VALUES ($1, $2, $3, $4, now(), now())`,
      Object.values(rotation),
    )
    expect((await find(ada.token, old)).body).toEqual({ project: project.uuid, uuid })
  })

  test('answers everybody else as if the key had never been, byte for byte', async () => {
    const { key } = await createKey(service, ada, project, { name: 'ci' })
    const stranger = await signUp(service)
    const others = [
      stranger,
      await addMember(service, project, 'viewer'),
      await addMember(service, project, 'developer'),
    ]
    for (const { token } of others) {
      const never = await find(token, generateKey('bencher', 'run'))
      expectRefusal(never)
      expect(never.status).toBe(404)
      expect(comparable(await find(token, key))).toEqual(comparable(never))
    }
  })

  test('finds no key of a deleted project, no API token and no other text', async () => {
    const gone = await createProject(service, ada)
    const { key } = await createKey(service, ada, gone, { name: 'ci' })
    await service.send('DELETE', `/v0/projects/${gone.slug}`, { token: ada.token })
    const apiToken = (await createUserKey(service, ada, { name: 'cli' })).key
    for (const text of [key, apiToken, ada.token.slice(0, 900), 'é', 'a'.repeat(1024)]) {
      expect((await find(ada.token, text)).status).toBe(404)
    }
    for (const body of [{}, { key: '' }, { key: 7 }, { key: 'a'.repeat(1025) }, { key: null }]) {
      expect((await service.send('POST', '/v0/keys/find', { token: ada.token, body })).status).toBe(400)
    }
  })

  test('refuses a project key, and anonymous callers', async () => {
    const { key } = await createKey(service, ada, project, { name: 'ci' })
    expect((await find(key, key)).status).toBe(403)
    expect((await service.send('POST', '/v0/keys/find', { body: { key } })).status).toBe(401)
  })

  test('counts a miss as a guess of the address, and a hit not', async () => {
    const { token } = await signUp(guarded)
    const own = await createProject(guarded, { token })
    const { key } = await createKey(guarded, { token }, own, { name: 'ci' })
    const search = async (text: string) =>
      (await guarded.send('POST', '/v0/keys/find', { token, body: { key: text } })).status
    for (let n = 0; n < 5; n++) expect(await search(key)).toBe(200)
    for (let n = 0; n < 3; n++) expect(await search(generateKey('bencher', 'run'))).toBe(404)
    expect(await search(generateKey('bencher', 'run'))).toBe(429)
    expect(await search(key)).toBe(200)
  })
})
