import { expect, test } from 'vitest'
import { type AuditEvent, daysOf, deedOf } from '../src/lib/audit.ts'
import { newPage, rest, signIn } from './support/browser.ts'
import { newAddress } from './support/mails.ts'

test('a rename is in the history of its key and in the audit log, by person and by key, without a script too', async () => {
  const email = newAddress('leader')
  await rest.signUp('Leader', email)
  const session = rest.session(email, 3000)
  const call = <Answer>(method: string, path: string, body?: object) => rest.callAs<Answer>(session, method, path, body)
  const { slug } = await call<{ slug: string }>('POST', '/organizations', { name: 'Audited' })
  const project = await call<{ slug: string }>('POST', `/organizations/${slug}/projects`, { name: 'One' })
  const key = await call<{ uuid: string }>('POST', `/projects/${project.slug}/keys`, { name: 'before' })
  await call('PATCH', `/projects/${project.slug}/keys/${key.uuid}`, { name: 'after' })
  await call('POST', `/projects/${project.slug}/keys`, { name: 'another' })

  const signedIn = await signIn(await newPage(), email)
  const page = await newPage({ javaScriptEnabled: false })
  await page.context().addCookies(await signedIn.context().cookies())
  const renamed = page.getByText('Leader renamed the key')
  await expect
    .poll(async () => {
      await page.goto(`/projects/${project.slug}/keys/${key.uuid}`)
      return await renamed.count()
    })
    .toBe(1)
  await page.getByRole('link', { name: 'All events of this key' }).click()
  await page.getByRole('heading', { name: 'Audited' }).waitFor()
  expect(await page.getByRole('listitem').filter({ hasText: 'the key' }).count()).toBe(2)
  await renamed.click()
  await page.getByText('before', { exact: true }).first().waitFor()

  await page.goto(`/organizations/${slug}/audit?action=project_key.create`)
  expect(await page.getByText('created the key').count()).toBe(2)
  await page.goto(`/organizations/${slug}/audit?until=2020-01-01`)
  await page.getByText('No event matches.').waitFor()

  const href = await page.getByRole('link', { name: 'Export the whole log' }).getAttribute('href')
  const file = await (await page.request.get(href ?? '')).text()
  expect(file).toContain('"after":{"name":"after"}')
  expect(file.trimEnd().split('\n').at(-1)).toMatch(/^\{"head":/)
  await page.goto(`/organizations/${slug}/audit?from=2026-99-99&person=none`)
  await page.getByLabel('Person').selectOption('Leader')
  await page.getByRole('button', { name: 'Filter' }).click()
  await renamed.waitFor()
  expect(new URL(page.url()).searchParams.get('person')).toMatch(/^[0-9a-f-]{36}$/)
})

const at = (number: number, time?: string): AuditEvent => ({ number, chain: 'server', ...(time && { time }) })

test('events stand under the day of the reader, and one without a time keeps its place', () => {
  const events = [at(4, '2026-11-29T01:00:00Z'), at(3), at(2, '2026-11-28T23:30:00Z'), at(1, '2026-11-28T22:30:00Z')]
  const days = (zone: string) =>
    daysOf(events, zone).map(({ day, events }) => [day, events.map(({ number }) => number)])
  expect(days('Europe/Berlin')).toEqual([
    ['2026-11-29', [4, 3, 2]],
    ['2026-11-28', [1]],
  ])
  expect(days('UTC')).toEqual([
    ['2026-11-29', [4, 3]],
    ['2026-11-28', [2, 1]],
  ])
})

test('a refusal says how often it was, and an unknown action is named as it is', () => {
  const refused = (count: number) => deedOf({ ...at(1), action: 'request.refuse', after: { count } })
  expect([refused(1), refused(1200)]).toEqual(['was refused once', 'was refused 1,200 times'])
  expect(deedOf({ ...at(1), action: 'thing.do' })).toBe('thing.do')
})
