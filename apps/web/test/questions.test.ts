import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { hydrated, newPage, place, rest } from './support/browser.ts'
import { newMember } from './support/members.ts'

/** Where people are in the list that they came from. */
const PLACE = 'search=grace&direction=desc&per_page=10'
const FROM = `per_page=10&${new URLSearchParams({ from: PLACE })}`

let paths: Record<'keys' | 'key' | 'members' | 'leaders' | 'tokens' | 'token' | 'user' | 'settings', string>

beforeAll(async () => {
  const project = await rest.createProject()
  const email = await newMember(project, 'maintainer')
  const [{ uuid: grace }, { uuid: me }] = await Promise.all([rest.find(email), rest.me()])
  const create = (session: string, path: string) =>
    rest.callAs<{ uuid: string }>(session, 'POST', path, { name: 'grace' })
  const [key, token] = await Promise.all([
    create(rest.session(email, 600), `/projects/${project}/keys`),
    create(rest.session(place.owner, 600), `/users/${me}/keys`),
    create(rest.session(email, 600), `/projects/${project}/keys`),
  ])
  paths = {
    keys: `/projects/${project}/keys`,
    key: `/projects/${project}/keys/${key.uuid}`,
    members: `/projects/${project}/members`,
    leaders: '/organizations/example/members',
    tokens: '/account/tokens',
    token: `/account/tokens/${token.uuid}`,
    user: `/admin/users/${grace}`,
    settings: `/projects/${project}/settings`,
  }
})

async function visit(path: string) {
  const page = await newPage()
  const session = rest.session(place.owner, 600)
  await page.context().addCookies([{ name: 'session', value: session, url: place.consoleUrl }])
  await page.goto(path)
  await hydrated(page)
  return page
}

const main = (page: Page) => page.getByRole('main')
const follow = (name: string) => (page: Page) => main(page).getByRole('link', { name }).first().click()

const fromMenu = async (page: Page) => {
  await main(page).getByRole('button', { name: 'Actions for' }).first().click()
  await page.getByRole('link', { name: 'Revoke…' }).click()
}

/** The question of a page: how people open it, the button that answers it, and the field to fill in first. */
type Question = {
  page: keyof typeof paths
  place?: string
  open: (page: Page) => Promise<void>
  answer?: string
  field?: string
}

const QUESTIONS: Record<string, Question> = {
  'revoking a token from the list': { page: 'tokens', open: fromMenu },
  'renaming a token': { page: 'token', open: follow('Rename'), answer: 'Save', field: 'New name' },
  'revoking a token on its page': { page: 'token', open: follow('Revoke…'), answer: 'Revoke grace' },
  'renaming a key': { page: 'key', open: follow('Rename'), answer: 'Save', field: 'New name' },
  'revoking a key on its page': { page: 'key', open: follow('Revoke…') },
  'revoking a key from the list': { page: 'keys', open: fromMenu, answer: 'Revoke grace' },
  'removing a member': { page: 'members', open: follow('Remove'), answer: 'Remove Grace' },
  'leaving an organization': { page: 'leaders', place: 'search=owner&per_page=10', open: follow('Leave') },
  'locking a user': { page: 'user', place: FROM, open: follow('Lock…'), answer: 'Lock Grace' },
  'revoking all of a user': { page: 'user', place: FROM, open: follow('Revoke all…') },
  'deleting a project': { page: 'settings', place: '', open: follow('Delete…') },
}

test.each(Object.entries(QUESTIONS))(
  '%s is no step of the history, and leads back to the same place',
  async (_, question) => {
    const { page: at, place = PLACE, open, answer, field } = question
    const url = [`${paths[at]}`, place].filter(Boolean).join('?')
    const page = await visit(url)
    const steps = await page.evaluate(() => history.length)
    const here = () => page.evaluate(() => [location.pathname + location.search, history.length])
    const asked = page.getByRole('link', { name: 'Cancel' })

    await open(page)
    await asked.click()
    await asked.waitFor({ state: 'detached' })
    expect(await here()).toEqual([url, steps])
    await open(page)
    await asked.waitFor()
    expect((await here())[1]).toBe(steps)
    if (field) await page.getByLabel(field).fill('grace again')
    if (answer) await page.getByRole('button', { name: answer }).click()
    else await page.keyboard.press('Escape')
    await asked.waitFor({ state: 'detached' })
    const [after, length] = await here()
    expect(String(after).replace(/&changed$/, '')).toBe(url)
    expect(length).toBe(steps)
  },
)

test('the pages about one key lead back to it, and it leads back to the same place and row of its list', async () => {
  const { uuid } = await rest.createKey(paths.keys.split('/')[2] ?? '', 'grace hopper')
  const list = `${paths.keys}?${PLACE}`
  const key = `${paths.keys}/${uuid}?${PLACE}`
  const page = await visit(list)
  const at = (url: string) =>
    page.waitForURL((now) => `${now.pathname}${now.search}`.replace(/&(saved|renewed)$/, '') === url)
  const press = (name: string) => main(page).getByRole('button', { name }).click()

  await follow('grace hopper')(page)
  await at(key)
  for (const [name, button] of [
    ['Edit', 'Save changes'],
    ['Renew', 'Renew key'],
  ] as const) {
    for (const back of ['Cancel', 'grace hopper']) {
      await follow(name)(page)
      await page.getByRole('button', { name: button }).waitFor()
      await follow(back)(page)
      await at(key)
    }
    await follow(name)(page)
    await press(button)
    await at(key)
  }
  await follow('Rotate…')(page)
  await press('Rotate key')
  await follow('I have stored it')(page)
  await at(key)
  await press('End the old secret now')
  await page.getByText('Two secrets are good').waitFor({ state: 'detached' })
  await at(key)
  for (const name of ['Make one like it', 'New key']) {
    await follow(name)(page)
    await page.getByRole('button', { name: 'Create key' }).waitFor()
    await follow('Cancel')(page)
    await at(list)
  }
  await follow('grace hopper')(page)
  await at(key)
  await follow('Keys of example')(page)
  await at(list)
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain('grace hopper')
})

test('the page of a user leads back to the same search and row of the users', async () => {
  const page = await visit(`/admin/users?${PLACE}`)
  const row = main(page).getByRole('link', { name: 'Grace' }).first()
  const name = await row.textContent()
  const href = await row.getAttribute('href')
  await row.click()
  await follow('Users')(page)
  await page.waitForURL(`**/admin/users?${PLACE}#*`)
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('href'))).toBe(href)
  expect(name).toContain('Grace')
})
