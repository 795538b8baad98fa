import { randomUUID } from 'node:crypto'
import { createQuotas } from '@project-keys/keys'
import { execute } from '@project-keys/keys/test'
import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { START, startService } from './service.ts'
import { createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const quotas = { organizations: 2, projects: 2, invitations: 2, keys: 2 }
const service = await startService({ quotas })
const Uuid = z.object({ uuid: z.string() })

let ada: Person
let project: Project
beforeEach(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
})

type Send = (as: { token: string }) => Promise<{ status: number; body: unknown }>
const post =
  (path: () => string, body: () => object): Send =>
  (as) =>
    service.send('POST', path(), { token: as.token, body: body() })

/** Each quota: how to make one more, how many there are already, and how to remove one. */
const KINDS: Record<keyof typeof quotas, { create: Send; already: number; remove?: () => Promise<unknown> }> = {
  organizations: {
    create: post(
      () => '/v0/organizations',
      () => ({ name: 'A' }),
    ),
    already: 1,
  },
  projects: {
    create: post(
      () => `/v0/organizations/${project.organization}/projects`,
      () => ({ name: 'A' }),
    ),
    already: 1,
    remove: () => service.send('DELETE', `/v0/projects/${project.uuid}`, ada),
  },
  invitations: {
    create: post(
      () => `/v0/projects/${project.uuid}/members`,
      () => ({ email: `${randomUUID()}@example.com`, role: 'viewer' }),
    ),
    already: 0,
    remove: async () => {
      const at = `/v0/projects/${project.uuid}/invitations`
      const [first] = z.array(Uuid).parse((await service.send('GET', at, ada)).body)
      return service.send('DELETE', `${at}/${first?.uuid}`, ada)
    },
  },
  keys: {
    create: post(
      () => keysOf(project),
      () => ({ name: 'ci' }),
    ),
    already: 0,
    remove: async () => {
      const [first] = z.array(Uuid).parse((await service.send('GET', keysOf(project), ada)).body)
      return service.send('DELETE', keyOf(project, first ?? { uuid: '' }), ada)
    },
  },
}

describe.each(Object.entries(KINDS))('the quota of %s', (_, { create, already, remove }) => {
  test('lets a user make as many as it says, then refuses with what to do, and makes nothing', async () => {
    for (let made = already; made < 2; made++) expect((await create(ada)).status).toBeLessThan(300)
    for (let again = 0; again < 2; again++) {
      const { status, body } = await create(ada)
      expect([status, body]).toMatchObject([
        409,
        {
          error_code: 'quota_exceeded',
          message: expect.stringMatching(/ 2: .*, or ask the operator to raise QUOTAS\.$/),
        },
      ])
    }
  })

  test.runIf(remove)('has room again when one is gone', async () => {
    for (let made = already; made < 2; made++) await create(ada)
    await remove?.()
    expect((await create(ada)).status).toBeLessThan(300)
    expect((await create(ada)).status).toBe(409)
  })

  test('counts others apart, and never server admins', async () => {
    for (let made = already; made < 3; made++) await create(ada)
    expect((await create(service.admin)).status).toBeLessThan(300)
    const bob = await signUp(service)
    project = await createProject(service, bob)
    expect((await create(bob)).status).toBeLessThan(300)
  })
})

test('keys that SQL made count, and are not refused', async () => {
  for (const name of ['a', 'b', 'c']) {
    await execute(
      service.databaseUrl,
      `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
       VALUES ($1, $2, $3, sha256($4::text::bytea), 'abcd', now(), now())`,
      [randomUUID(), project.uuid, name, randomUUID()],
    )
  }
  expect((await KINDS.keys.create(ada)).status).toBe(409)
})

test('an invitation that has expired no longer counts', async () => {
  const invite = (token: string) =>
    service.send('POST', `/v0/projects/${project.uuid}/members`, {
      token,
      body: { email: `${randomUUID()}@example.com`, role: 'viewer' },
    })
  for (let made = 0; made < 2; made++) expect((await invite(ada.token)).status).toBe(202)
  service.wait(7 * 24 * 60 * 60)
  expect((await invite(service.tokenOf(ada.email))).status).toBe(202)
  service.clock.now = START
})

test('things are counted anew after each hundredth of a quota, because other processes make some, too', async () => {
  const { allows } = createQuotas({ organizations: 1, projects: 1, invitations: 1, keys: 1000 })
  let counted = 0
  const ask = () =>
    allows('keys', 'a project', async () => {
      counted += 1
      return 0
    })
  for (let made = 0; made < 25; made++) expect(await ask()).toBe(true)
  expect(counted).toBe(3)
})
