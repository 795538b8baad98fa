import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, test } from 'vitest'
import { startService } from './service.ts'
import { mailedToken } from './tenant.ts'
import { createProject, type Person, type Project, signUp } from './world.ts'

const DAY = 24 * 60 * 60
/** In ms: until a request waits for the row that the test holds. */
const SENT = 200

const service = await startService()
const { prisma } = service.db
let thief: Person
let project: Project
/** The token of the link that gives the owner the address back. */
let restoring: string

const send = (method: string, path: string, token: string | undefined, body: object) =>
  service.send(method, path, { token, body })
const newAddress = () => `${crypto.randomUUID()}@example.com`

beforeEach(async () => {
  service.wait(1)
  const owner = await signUp(service)
  project = await createProject(service, owner)
  const email = newAddress()
  await send('PATCH', `/v0/users/${owner.uuid}`, owner.token, { email })
  await send('POST', '/v0/auth/confirm', undefined, { token: mailedToken(service, email) })
  restoring = mailedToken(service, owner.email)
  const token = service.tokens.sign({ audience: 'client', email, now: service.clock.now, ttl: DAY })
  thief = { ...owner, email, token }
})

/** The answer to a request that is sent while its session is being ended, and so was not refused at first. */
async function whileRestoring(request: () => Promise<{ status: number }>) {
  const holder = await service.db.pool.connect()
  await holder.query('BEGIN')
  await holder.query('SELECT FROM users WHERE uuid = $1 FOR UPDATE', [thief.uuid])
  const restored = send('POST', '/trpc/auth.restoreAddress', undefined, { token: restoring })
  await sleep(SENT)
  service.wait(2)
  const answer = request()
  await sleep(SENT)
  await holder.query('COMMIT')
  holder.release()
  expect((await restored).status).toBe(200)
  return (await answer).status
}

test('no API token is made by a session that a restored address ends at this moment', async () => {
  const create = () => send('POST', `/v0/users/${thief.uuid}/keys`, thief.token, { name: 'late' })
  expect(await whileRestoring(create)).toBe(401)
  expect(await prisma.userKey.count({ where: { user: thief.uuid, revoked: null } })).toBe(0)
})

test('no API token is made once by it either', async () => {
  const key = { user: thief.uuid, uuid: crypto.randomUUID(), name: 'late' }
  expect(await whileRestoring(() => send('POST', '/trpc/userKeys.createOnce', thief.token, key))).toBe(401)
  expect(await prisma.userKey.count({ where: { user: thief.uuid, revoked: null } })).toBe(0)
})

test.each(['projects', 'organizations'])('nobody is invited to %s by it', async (places) => {
  const place = places === 'projects' ? project.uuid : project.organization
  const role = places === 'projects' ? 'viewer' : 'leader'
  const invite = () => send('POST', `/v0/${places}/${place}/members`, thief.token, { email: newAddress(), role })
  expect(await whileRestoring(invite)).toBe(401)
  expect(await prisma.invitation.count({ where: { inviter: thief.uuid } })).toBe(0)
})

test('no new address is asked for by it', async () => {
  const ask = () => send('PATCH', `/v0/users/${thief.uuid}`, thief.token, { email: newAddress() })
  expect(await whileRestoring(ask)).toBe(401)
  expect(await prisma.user.findUnique({ where: { uuid: thief.uuid } })).toMatchObject({ newEmail: null })
})
