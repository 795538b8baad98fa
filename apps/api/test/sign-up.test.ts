import { beforeAll, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { invite, mailedToken } from './tenant.ts'
import { type Person, signUp } from './world.ts'

const service = await startService()
const closed = await startService({ signUp: 'closed' })
let ada: Person

beforeAll(async () => {
  ada = await signUp(service)
})

const post = (path: string, body: unknown, token?: string) => service.send('POST', path, { token, body })
const usersWith = (email: string) => service.db.prisma.user.findMany({ where: { email } })

describe('POST /v0/auth/signup', () => {
  test('answers 202 and sends a link, to an address that is known as well', async () => {
    for (const email of ['new@example.com', 'NEW@example.com', ada.email]) {
      const { status, body } = await post('/v0/auth/signup', { name: 'New', email, i_agree: true })
      expect([status, body]).toEqual([202, { email: email.toLowerCase() }])
      expect(service.mails.at(-1)).toMatchObject({
        to: email.toLowerCase(),
        subject: 'Your link to sign in to Project Keys',
        url: expect.stringMatching(/^http:\/\/localhost:3000\/auth\/confirm\?token=[\w.-]+$/),
      })
    }
    expect(await usersWith('new@example.com')).toHaveLength(1)
  })

  test('makes nobody an admin, and no account before the link was used', async () => {
    const email = 'eve@example.com'
    await post('/v0/auth/signup', { name: 'Eve', email, i_agree: true, admin: true, locked: false, role: 'admin' })
    expect(await usersWith(email)).toMatchObject([{ name: 'eve', admin: false, confirmed: null }])
    const { body } = await post('/v0/auth/confirm', { token: mailedToken(service, email) })
    expect(body).toMatchObject({ user: { name: 'Eve', slug: 'eve', email, admin: false, locked: false } })
    expect(await usersWith(email)).toMatchObject([{ confirmed: service.clock.now }])
  })

  test('of one address many times at once makes one user', async () => {
    const email = 'many@example.com'
    const bodies = Array.from({ length: 10 }, (_, index) => ({ name: `Many ${index}`, email, i_agree: true }))
    const answers = await Promise.all(bodies.map((body) => post('/v0/auth/signup', body)))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(202))
    expect(await usersWith(email)).toHaveLength(1)
  })

  test('takes the slug that is wanted, and another where that is taken', async () => {
    const emails = ['slug-1@example.com', 'slug-2@example.com']
    for (const email of emails) await post('/v0/auth/signup', { name: 'A', email, slug: 'wanted', i_agree: true })
    for (const email of emails) await post('/v0/auth/confirm', { token: mailedToken(service, email) })
    expect(await usersWith('slug-1@example.com')).toMatchObject([{ slug: 'wanted' }])
    expect(await usersWith('slug-2@example.com')).toMatchObject([{ slug: expect.stringMatching(/^wanted-\w{6}$/) }])
  })

  test.each([
    { name: 'A', email: 'a@example.com' },
    { name: 'A', email: 'a@example.com', i_agree: false },
    { name: 'A', email: 'no address', i_agree: true },
    { name: 'A', email: 'a@example.com\r\nBcc: eve@example.com', i_agree: true },
    { name: 'A', email: 'a@example.com,eve@example.com', i_agree: true },
    { name: 'A', email: 'аda@example.com', i_agree: true },
    { name: 'A', email: `${'a'.repeat(65)}@example.com`, i_agree: true },
    { name: 'A', email: `a@${'example.'.repeat(40)}com`, i_agree: true },
    { name: 'A', email: ['a@example.com'], i_agree: true },
    { name: 'A\nBcc: eve@example.com', email: 'a@example.com', i_agree: true },
    { name: ' ', email: 'a@example.com', i_agree: true },
    { name: 'A'.repeat(65), email: 'a@example.com', i_agree: true },
    { name: 'A', email: 'a@example.com', slug: 'A', i_agree: true },
    { name: 'A', email: 'a@example.com', invite: 'x'.repeat(8193), i_agree: true },
  ])('refuses %j with 400', async (body) => {
    const mails = service.mails.length
    expect((await post('/v0/auth/signup', body)).status).toBe(400)
    expect(service.mails).toHaveLength(mails)
  })
})

describe('a sign-up that is closed', () => {
  const at = 'projects/example'
  const join = (email: string, invite?: string) =>
    closed.send('POST', '/v0/auth/signup', { body: { name: 'New', email, i_agree: true, invite } })

  test('answers 403 to everybody, whether the address is known or not', async () => {
    const answers = await Promise.all([join('new@example.com'), join(closed.admin.email)])
    expect(answers.map(({ status, text }) => [status, text.replace(/"request_id":"[^"]*"/, '')])).toEqual([
      [403, '{,"message":"Sign-up is closed here: ask a member for an invitation.","error_code":"sign_up_closed"}'],
      [403, '{,"message":"Sign-up is closed here: ask a member for an invitation.","error_code":"sign_up_closed"}'],
    ])
  })

  test('is open to who shows the invitation of the very address', async () => {
    const invited = await invite(closed, closed.admin, { at, email: 'invited@example.com', role: 'viewer' })
    expect((await join('another@example.com', invited.invite)).status).toBe(403)
    expect((await join('invited@example.com', 'x')).status).toBe(403)
    expect((await join('Invited@example.com', invited.invite)).status).toBe(202)
    const { status, body } = await closed.send('POST', '/v0/auth/confirm', {
      body: { token: mailedToken(closed, 'invited@example.com') },
    })
    expect([status, body]).toEqual([200, expect.objectContaining({ token: expect.any(String) })])
  })

  test('is no longer open by an invitation that was withdrawn', async () => {
    const { uuid, invite: token } = await invite(closed, closed.admin, {
      at,
      email: 'late@example.com',
      role: 'viewer',
    })
    await closed.send('DELETE', `/v0/${at}/invitations/${uuid}`, closed.admin)
    expect((await join('late@example.com', token)).status).toBe(403)
  })

  test('lets who has an account sign in', async () => {
    const { email } = closed.admin
    expect((await closed.send('POST', '/v0/auth/login', { body: { email } })).status).toBe(202)
    const token = mailedToken(closed, email)
    expect((await closed.send('POST', '/v0/auth/confirm', { body: { token } })).status).toBe(200)
  })
})
