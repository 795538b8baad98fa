import { AxeBuilder } from '@axe-core/playwright'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { hydrated, newPage, rest, signedIn, signIn } from './support/browser.ts'
import { newMember } from './support/members.ts'

/** `as`: the address of who looks; the owner if it is not given. */
type State = { path: string; as?: string; after?: (page: Page) => Promise<unknown> }

/** Every page, in each of its visual states. */
async function statesOf(): Promise<Record<string, State>> {
  const [project, empty] = [await rest.createProject('y'.repeat(64)), await rest.createProject('nothing yet')]
  const active = await rest.createKey(project, 'active', 60 * 24 * 3600)
  const { uuid } = active
  await rest.createKey(project, 'soon', 3 * 24 * 3600)
  await rest.createKey(project, 'over', 1)
  const revoked = await rest.createKey(project, 'x'.repeat(64))
  await rest.revokeKey(project, revoked.uuid)
  for (let number = 0; number < 10; number++) await rest.createKey(project, `more-${number}`)
  await rest.use(project, active)
  const viewer = await newMember(project, 'viewer')
  const keys = `/projects/${project}/keys`
  const button = (name: string) => (page: Page) => page.getByRole('button', { name }).click()
  const create = async (page: Page, name: string) => {
    await page.getByLabel('Name').fill(name)
    await page.getByRole('button', { name: 'Create key' }).click()
  }
  return {
    projects: { path: '/projects?all' },
    'no project found': { path: '/projects?search=nope' },
    list: { path: `${keys}?per_page=10` },
    'expired list': { path: `${keys}?state=expired` },
    'revoked list': { path: `${keys}?state=revoked` },
    selection: {
      path: keys,
      after: async (page) => {
        await page.getByRole('checkbox', { name: 'Select active' }).check()
        await page.getByText('1 of').waitFor()
      },
    },
    'revoking a selection': {
      path: keys,
      after: async (page) => {
        await page.getByRole('checkbox', { name: 'Select active' }).check()
        await page.getByRole('button', { name: 'Revoke…', exact: true }).click()
        await page.getByRole('dialog').waitFor()
      },
    },
    'pasted key': {
      path: keys,
      after: async (page) => {
        await page.getByRole('searchbox').first().fill(active.key)
        await page.getByText('This is').waitFor()
      },
    },
    'row menu': { path: keys, after: button('Actions for active') },
    'project switcher': { path: keys, after: button('Switch project') },
    'user menu': { path: keys, after: button('Account') },
    shortcuts: { path: keys, after: (page) => page.keyboard.press('?') },
    'first run': { path: `/projects/${empty}/keys` },
    'nothing found': { path: `${keys}?search=nope` },
    'new key': { path: `${keys}/new` },
    'new key, refused': {
      path: `${keys}/new`,
      after: async (page) => {
        await page.getByText('On a date').click()
        await create(page, 'é'.repeat(65))
        await page.getByRole('alert').first().waitFor()
      },
    },
    'shown once': {
      path: `${keys}/new`,
      after: async (page) => {
        await create(page, 'shown')
        await page.getByText('•••').waitFor()
      },
    },
    'leaving it': {
      path: `${keys}/new`,
      after: async (page) => {
        await create(page, 'shown too')
        await page.getByText('•••').waitFor()
        await page.getByRole('link', { name: 'Project Keys', exact: true }).click()
        await page.getByRole('dialog').waitFor()
      },
    },
    key: { path: `${keys}/${uuid}` },
    'key, renaming': { path: `${keys}/${uuid}?rename` },
    'key, revoking': { path: `${keys}/${uuid}?revoke` },
    'key, revoked': { path: `${keys}/${revoked.uuid}` },
    'new project': { path: '/projects/new' },
    'read-only list': { path: keys, as: viewer },
    'read-only list, nothing found': { path: `${keys}?search=nope`, as: viewer },
    members: { path: `/projects/${project}/members` },
    'members, leaving': { path: `/projects/${project}/members?remove=${(await rest.me()).uuid}` },
    settings: { path: `/projects/${project}/settings` },
    'settings, deleting': { path: `/projects/${project}/settings?delete` },
    organization: { path: '/organizations/example' },
    'organization, filtered': { path: '/organizations/example?attention=never_used' },
    leaders: { path: '/organizations/example/members' },
    'audit log': {
      path: '/organizations/example/audit',
      after: async (page) => await page.locator('summary').first().click(),
    },
    'audit log, nothing matches': { path: '/organizations/example/audit?until=2020-01-01' },
    'audit log of the server': { path: '/admin/audit' },
    users: { path: '/admin/users' },
    user: { path: `/admin/users/${(await rest.me()).uuid}` },
    'user, revoking': { path: `/admin/users/${(await rest.me()).uuid}?revoke` },
    account: { path: '/account' },
    'API tokens': { path: '/account/tokens' },
    'new API token': { path: '/account/tokens/new' },
    'sign up': { path: '/auth/signup' },
    'not found': { path: '/nowhere' },
    'sign in': { path: '/auth/signin?signed-out' },
    'dead link': { path: '/auth/confirm' },
  }
}

test('axe finds nothing on any page in any state, light or dark', { timeout: 120_000 }, async () => {
  const pageOf = pages()
  for (const [name, { path, as, after }] of Object.entries(await statesOf())) {
    const page = await pageOf(as)
    await open(page, path, after)
    expect(await findings(page), name).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await findings(page, ['color-contrast']), `${name}, dark`).toEqual([])
    await page.emulateMedia({ colorScheme: 'light' })
  }
})

/** The target size of WCAG 2.2 is among the rules of its tag alone. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']

/** The violations that axe finds. Its legacy mode is enough, because our pages contain no frames of other origins. */
async function findings(page: Page, rules?: string[]) {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] })
  const { violations } = await (rules ? axe.withRules(rules) : axe.withTags(TAGS)).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

test('no page scrolls sideways: at 320 px, from right to left, at 640 px', { timeout: 120_000 }, async () => {
  const pageOf = pages({ viewport: { width: 320, height: 700 } })
  const beyond = (page: Page, dir: string) =>
    page.evaluate((dir) => {
      document.documentElement.dir = dir
      return document.documentElement.scrollWidth - innerWidth
    }, dir)
  for (const [name, { path, as, after }] of Object.entries(await statesOf())) {
    const page = await pageOf(as)
    await page.setViewportSize({ width: 320, height: 700 })
    await open(page, path, after)
    expect(await beyond(page, 'ltr'), name).toBeLessThanOrEqual(0)
    expect(await beyond(page, 'rtl'), `${name}, rtl`).toBeLessThanOrEqual(0)
    await page.setViewportSize({ width: 640, height: 700 })
    expect(await beyond(page, 'ltr'), `${name}, 640`).toBeLessThanOrEqual(0)
  }
})

test('forced colours leave every control visible', async () => {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'forced')
  const page = await signedIn({ forcedColors: 'active' })
  for (const path of ['', '/new', `/${uuid}?revoke`]) {
    await page.goto(`/projects/${project}/keys${path}`)
    expect(await findings(page), path).toEqual([])
  }
})

test('a navigation by script is announced', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'announced')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await page.getByRole('link', { name: 'announced' }).click()
  await page.locator('#svelte-announcer').getByText('announced').waitFor()
})

/** One page for each of those who look. */
function pages(options?: BrowserContextOptions) {
  const opened = new Map<string | undefined, Page>()
  return async (email?: string) => {
    const page = opened.get(email) ?? (await signIn(await newPage(options), email))
    if (!opened.has(email)) page.on('dialog', (dialog) => dialog.accept())
    opened.set(email, page)
    return page
  }
}

async function open(page: Page, path: string, after: State['after']) {
  const answer = await page.goto(path)
  expect(answer?.status(), path).toBeLessThan(500)
  await hydrated(page)
  await after?.(page)
}
