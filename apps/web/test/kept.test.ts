import { expect, test } from 'vitest'
import { KEPT_FIELDS } from '../src/lib/server/kept.ts'
import { newPage, place, rest } from './support/browser.ts'
import { findFields } from './support/forms.ts'
import { startKeeping } from './support/keeping.ts'
import { mailedLink, newAddress } from './support/mails.ts'

const { visit, sendInVain, shut, open, project, world, consoleUrl } = await startKeeping()
const newKey = { path: `${project}/keys/new`, label: 'Name', text: 'ci-kept', button: 'Create key' }

test('what was typed into a form is in it after the server was away, and is sent again once, without JavaScript', async () => {
  const page = await visit(newKey.path, { javaScriptEnabled: false })
  const uuid = await page.locator('input[name=uuid]').inputValue()
  await page.getByText('30 days').click()
  await sendInVain(page, newKey)
  await page.getByRole('link', { name: 'Back to the form' }).click()
  await page.getByText('What you typed is in the form again.').waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('ci-kept')
  expect(await page.getByRole('radio', { name: '30 days' }).isChecked()).toBe(true)
  expect(await page.locator('input[name=uuid]').inputValue()).toBe(uuid)
})

test('a form that fails stays as it is, with a line that says why, and can be sent again', async () => {
  const page = await visit('/projects/new')
  await sendInVain(page, { path: '', label: 'Name', text: 'Sent again', button: 'Create project' })
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Sent again')
  await page.context().addCookies([{ name: 'session', value: 'ended', url: consoleUrl }])
  await page.getByRole('button', { name: 'Create project' }).click()
  await page.getByRole('alert').getByText('Your session has ended').waitFor()
  await page.context().addCookies([{ name: 'session', value: world.session, url: consoleUrl }]) // signed in, in another tab
  await page.getByRole('button', { name: 'Create project' }).click()
  await page.getByRole('heading', { name: 'Sent again' }).waitFor()
})

test('a form that the browser sends itself stays, too, while nothing answers', async () => {
  const page = await visit(newKey.path)
  await page.context().setOffline(true)
  await page.getByLabel('Name').fill('offline')
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByRole('alert').getByText('What you typed is still here.').waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('offline')
  await page.context().setOffline(false)
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByRole('heading', { name: 'offline is ready' }).waitFor()
  await page.getByRole('link', { name: 'I have stored it' }).click()
})

test('no key is kept for the way back, also if it was typed into a name', async () => {
  const { key } = await rest.createKey(await rest.createProject(), 'pasted')
  const page = await visit(newKey.path, { javaScriptEnabled: false })
  await sendInVain(page, { ...newKey, text: key })
  const cookies = await page.context().cookies()
  expect(cookies.map(({ value }) => value).join()).not.toContain(key.slice(-30))
})

test('of every field that the console reads it is decided whether it may be kept', async () => {
  const secret = ['token', 'invite', 'key']
  const parameters = [
    'page',
    'per_page',
    'search',
    'list',
    'pasted',
    'sort',
    'direction',
    'state',
    'action',
    'attention',
    'before',
    'from',
    'person',
    'until',
    'expires',
    'next',
    'kept',
    'id',
    'zone',
  ]
  const places = [
    'user',
    'invitation',
    'remove',
    'revoke',
    'rename',
    'delete',
    'saved',
    'changed',
    'signed-out',
    'expiration_mails',
    'theme',
    'grace',
    'replace',
    'lock',
    'revoked',
    'rows',
    'keys',
    'all',
    'act',
    'format',
    'part',
  ]
  const decided = [...KEPT_FIELDS, ...secret, ...parameters, ...places]
  expect(KEPT_FIELDS).not.toEqual(expect.arrayContaining(secret))
  expect([...new Set(await findFields())].filter((name) => !decided.includes(name))).toEqual([])
})

test('text that is typed into one form stays when another form of the page is refused or accepted', async () => {
  const page = await visit('/account')
  await page.getByLabel('Name', { exact: true }).fill('Not saved yet')
  await page.getByLabel('New email').fill('not-an-address@x')
  await page.getByRole('button', { name: 'Send confirmation link' }).click()
  await page.getByRole('alert').waitFor()
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Not saved yet')
  expect(await page.getByLabel('New email').inputValue()).toBe('not-an-address@x')
  await page.getByLabel('New email').fill(newAddress('next'))
  await page.getByRole('button', { name: 'Send confirmation link' }).click()
  await page.getByText('We have sent a link').waitFor()
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Not saved yet')
})

test('a sign-in returns to the page that was asked for, in another browser too', async () => {
  const path = `${project}/keys?search=ci&per_page=10`
  const page = await newPage()
  await page.goto(path)
  await page.getByLabel('Email').fill(world.user.email)
  await page.getByRole('button', { name: 'Email me a link' }).click()
  await page.getByRole('heading', { name: 'Check your email' }).waitFor()
  const other = await newPage()
  await other.goto(await mailedLink(world.user.email))
  await other.getByRole('button', { name: 'Sign in as Somebody' }).click()
  await other.waitForURL(`${place.consoleUrl}${path}`)
})

test.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '/\t/evil.example'])(
  'a sign-in never leads to another site: %j',
  async (next) => {
    const html = await (await fetch(`${place.consoleUrl}/auth/signin?${new URLSearchParams({ next })}`)).text()
    expect(/<form[^>]*action="([^"]*)"/.exec(html)?.[1]).toBe('/auth/signin')
  },
)

test('the frame stays on error pages: the user, and the project where there is one', async () => {
  const page = await visit(`${project}/keys/${crypto.randomUUID()}`)
  await page.getByRole('heading', { name: 'Page not found' }).waitFor()
  await page.getByRole('button', { name: 'Account menu' }).waitFor()
  await page.getByRole('button', { name: /Switch project/ }).waitFor()
  for (const path of ['/nowhere', '/projects/no-such-project/keys']) {
    await page.goto(path)
    await page.getByRole('heading', { name: 'Page not found' }).waitFor()
    await page.getByRole('button', { name: 'Account menu' }).waitFor()
  }
})

test('the frame stays while the server is away, on the first page and on the next', async () => {
  const page = await visit(`${project}/keys`)
  shut()
  await page.getByRole('link', { name: 'Members' }).click()
  await page.getByRole('heading', { name: 'The server is unavailable' }).waitFor()
  await page.getByRole('button', { name: 'Account menu' }).waitFor()
  await page.getByRole('button', { name: /Switch project/ }).waitFor()
  await page.goto(`${project}/keys`)
  await page.getByRole('link', { name: project.replace('/projects/', ''), exact: true }).waitFor()
  await page.getByRole('link', { name: 'Account', exact: true }).waitFor()
  open()
})
