import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { isAlive, newPage, rest, signedIn } from './support/browser.ts'

type State = { path: string; then?: (page: Page) => Promise<unknown> }

/** Every page, in every state that looks different. */
async function statesOf(): Promise<Record<string, State>> {
  const [project, empty] = [await rest.createProject(), await rest.createProject('nothing yet')]
  const { uuid } = await rest.createKey(project, 'active', 60 * 24 * 3600)
  await rest.createKey(project, 'soon', 3 * 24 * 3600)
  await rest.createKey(project, 'over', 1)
  const revoked = await rest.createKey(project, 'a-name-of-sixty-four-characters-without-a-space-to-break-it-here')
  await rest.revokeKey(project, revoked.uuid)
  for (let number = 0; number < 10; number++) await rest.createKey(project, `more-${number}`)
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
    'revoked list': { path: `${keys}?revoked=true` },
    'row menu': { path: keys, then: button('Actions for active') },
    'project switcher': { path: keys, then: button('Switch project') },
    'user menu': { path: keys, then: button('Account') },
    shortcuts: { path: keys, then: (page) => page.keyboard.press('?') },
    'first run': { path: `/projects/${empty}/keys` },
    'nothing found': { path: `${keys}?search=nope` },
    'new key': { path: `${keys}/new` },
    'new key, refused': {
      path: `${keys}/new`,
      then: async (page) => {
        await page.getByText('On a date').click()
        await create(page, 'é'.repeat(65))
        await page.getByRole('alert').first().waitFor()
      },
    },
    'shown once': {
      path: `${keys}/new`,
      then: async (page) => {
        await create(page, 'shown')
        await page.getByText('•••').waitFor()
      },
    },
    'leaving it': {
      path: `${keys}/new`,
      then: async (page) => {
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
    'not found': { path: '/nowhere' },
    'sign in': { path: '/auth/signin?signed-out' },
    'dead link': { path: '/auth/confirm' },
  }
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any page in any state, ${colorScheme}`, { timeout: 60_000 }, async () => {
    const page = await signedIn({ colorScheme })
    page.on('dialog', (dialog) => dialog.accept())
    for (const [name, { path, then }] of Object.entries(await statesOf())) {
      await open(page, path, then)
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), name).toEqual([])
    }
  })
}

for (const [dir, width] of [['ltr', 320], ['rtl', 320], ['ltr', 640]] as const) {
  test(`no page scrolls sideways at ${width} px, ${dir}`, { timeout: 60_000 }, async () => {
    const page = await signedIn({ viewport: { width, height: 700 } })
    page.on('dialog', (dialog) => dialog.accept())
    for (const [name, { path, then }] of Object.entries(await statesOf())) {
      await open(page, path, then)
      await page.evaluate((dir) => document.documentElement.setAttribute('dir', dir), dir)
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(beyond, name).toBeLessThanOrEqual(0)
    }
  })
}

test('forced colours leave every control visible', async () => {
  const page = await newPage({ forcedColors: 'active' })
  await page.goto('/auth/signin')
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations).toEqual([])
})

test('a navigation by script is announced, and puts the keyboard at the top of the page', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'said')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await isAlive(page)
  await page.getByRole('link', { name: 'said' }).click()
  await page.locator('#svelte-announcer').getByText('said').waitFor()
})

async function open(page: Page, path: string, then: State['then']) {
  await page.goto(path)
  await isAlive(page)
  await then?.(page)
}
