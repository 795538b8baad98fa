import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { formOf } from './http.ts'
import { START, startService } from './service.ts'
import { createKey, createProject, createUserKey, type Person, type Project, signUp } from './world.ts'

const service = await startService()
const sql = (text: string, values: unknown[]) => service.db.pool.query(text, values)
let ada: Person

beforeAll(async () => {
  ada = await signUp(service)
})

const EXPIRES = { past: -1, now: 0, future: 1 } as const
const REVOKED = { never: null, past: -1, now: 0 } as const
const OWNER = ['there', 'gone'] as const
type Expires = keyof typeof EXPIRES
type Revoked = keyof typeof REVOKED
type Word = 'good' | 'expired' | 'revoked' | 'gone'

/**
 * The state of a key, by its revocation, its expiration and its owner: gone is a deleted project or a locked user.
 */
const TABLE: Record<Revoked, Record<Expires, [there: Word, gone: Word]>> = {
  never: { past: ['expired', 'gone'], now: ['expired', 'gone'], future: ['good', 'gone'] },
  past: { past: ['revoked', 'gone'], now: ['revoked', 'gone'], future: ['revoked', 'gone'] },
  now: { past: ['revoked', 'gone'], now: ['revoked', 'gone'], future: ['revoked', 'gone'] },
}
const combinations = (['never', 'past', 'now'] as const).flatMap((revoked) =>
  (['past', 'now', 'future'] as const).flatMap((expires) =>
    OWNER.map((owner, place) => ({ revoked, expires, owner, word: TABLE[revoked][expires][place] ?? 'good' })),
  ),
)
const CODES: Record<Word, string | null> = {
  good: null,
  expired: 'expired',
  revoked: 'revoked',
  gone: 'project_deleted',
}

const at = (seconds: number | null) => (seconds === null ? null : new Date(START.getTime() + seconds * 1000))
const Refused = z.object({ error_code: z.string() })
const codeOf = (body: unknown) => Refused.safeParse(body).data?.error_code ?? null
const Listed = z.array(z.looseObject({ uuid: z.string(), revoked: z.string().optional() }))

describe.each(combinations)(
  'a project key that was revoked $revoked and expires $expires, its project $owner',
  (state) => {
    let project: Project
    let made: { uuid: string; key: string }

    beforeAll(async () => {
      service.clock.now = START
      project = await createProject(service, ada)
      made = await createKey(service, ada, project, { name: 'ci' })
      await sql('UPDATE project_keys SET expiration = $2, revoked = $3 WHERE uuid = $1', [
        made.uuid,
        at(EXPIRES[state.expires]),
        at(REVOKED[state.revoked]),
      ])
      if (state.owner === 'gone') await sql('UPDATE projects SET deleted = $2 WHERE uuid = $1', [project.uuid, START])
      service.verifier.evict(made.uuid)
    })

    test(`is ${state.word}, asked of the database and of memory`, async () => {
      for (const _ of ['database', 'memory']) {
        const { status, body } = await service.send('GET', '/v0/verify', { token: made.key })
        expect([status, codeOf(body)]).toEqual([state.word === 'good' ? 200 : 401, CODES[state.word]])
      }
    })

    test(`is ${state.word} as a credential, and to introspection`, async () => {
      const shown = await service.send('GET', `/v0/projects/${project.uuid}`, { token: made.key })
      expect([shown.status, codeOf(shown.body)]).toEqual([state.word === 'good' ? 200 : 401, CODES[state.word]])
      const asked = await service.send('POST', '/v0/introspect', { token: ada.token, ...formOf({ token: made.key }) })
      expect(asked.body).toMatchObject({ active: state.word === 'good' })
    })

    test('is on the list of the revoked ones or on the other, and says when', async () => {
      if (state.owner === 'gone') return
      const lists = await Promise.all(
        ['false', 'true'].map((revoked) =>
          service.send('GET', `/v0/projects/${project.uuid}/keys?revoked=${revoked}`, { token: ada.token }),
        ),
      )
      const isRevoked = state.revoked !== 'never'
      expect(lists.map(({ headers }) => headers.get('x-total-count'))).toEqual(isRevoked ? ['0', '1'] : ['1', '0'])
      const [key] = Listed.parse(lists[isRevoked ? 1 : 0]?.body)
      const said = at(REVOKED[state.revoked])?.toISOString().replace('.000', '')
      expect(key).toEqual(expect.objectContaining({ uuid: made.uuid }))
      expect(key?.revoked).toBe(said)
      const view = await service.send('GET', `/v0/projects/${project.uuid}/keys/${made.uuid}`, { token: ada.token })
      expect(view.body).toEqual(key)
    })
  },
)

describe.each(combinations)('a user key that was revoked $revoked and expires $expires, its user $owner', (state) => {
  test(`is ${state.word}`, async () => {
    const person = await signUp(service, 'Bob')
    const made = await createUserKey(service, person, { name: 'cli' })
    await sql('UPDATE user_keys SET expiration = $2, revoked = $3 WHERE uuid = $1', [
      made.uuid,
      at(EXPIRES[state.expires]),
      at(REVOKED[state.revoked]),
    ])
    if (state.owner === 'gone') await sql('UPDATE users SET locked = true WHERE uuid = $1', [person.uuid])
    const { status, body } = await service.send('GET', '/v0/organizations', { token: made.key })
    const code = state.word === 'gone' ? 'token_of_locked_user' : CODES[state.word]
    expect([status, codeOf(body)]).toEqual([state.word === 'good' ? 200 : 401, code])
  })
})
