import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { hydrated, newPage, rest, signedIn } from './support/browser.ts'
import { mailedLink, newAddress } from './support/mails.ts'

type Step = [name: string, path: string, then?: (page: Page) => Promise<unknown>]

const press = (name: string) => (page: Page) => page.getByRole('button', { name }).click()

/** The pages that an invited visitor sees. */
async function visits(): Promise<Step[]> {
  const email = newAddress('a-long-name-that-leaves-little-room')
  await rest.invite(await rest.createProject(), email, 'maintainer')
  const known = newAddress('known')
  await rest.signUp('Known', known)
  await rest.invite(await rest.createProject(), known, 'viewer')
  return [
    ['sign up', '/auth/signup'],
    [
      'sign up, refused',
      '/auth/signup',
      async (page) => {
        await page.locator('main form').evaluate((form) => form.setAttribute('novalidate', ''))
        await press('Sign up')(page)
        await page.getByRole('alert').first().waitFor()
      },
    ],
    [
      'check your email',
      '/auth/signin',
      async (page) => {
        await page.getByLabel('Email').fill(newAddress('n'.repeat(50)))
        await press('Email me a link')(page)
        await page.getByRole('heading', { name: 'Check your email' }).waitFor()
      },
    ],
    ['invitation', await mailedLink(email)],
    ['invitation of somebody with an account', await mailedLink(known)],
    ['dead invitation', '/auth/accept?token=none'],
    ['dead link to restore an address', '/auth/restore?token=none'],
  ]
}

/** The pages that an owner sees. */
async function tours(): Promise<Step[]> {
  const project = await rest.createProject('a-name-of-sixty-four-characters-without-a-space-to-break-it-here')
  await rest.invite(project, newAddress('a-long-name-that-leaves-little-room'), 'viewer')
  const { uuid } = await rest.me()
  const members = `/projects/${project}/members`
  return [
    ['members', members],
    ['leaving', `${members}?remove=${uuid}`],
    ['leaders', '/organizations/example/members'],
    ['settings', `/projects/${project}/settings?saved`],
    ['deleting', `/projects/${project}/settings?delete`],
    ['new project', '/projects/new?organization='],
    ['projects, one deleted', '/projects?deleted'],
    ['account', '/account?saved'],
    ['account menu', '/account', press('Account menu')],
    ['API tokens', '/account/tokens'],
    ['new API token', '/account/tokens/new'],
    [
      'API token, shown once',
      '/account/tokens/new',
      async (page) => {
        await page.getByLabel('Name').fill('shown')
        await press('Create API token')(page)
        await page.getByText('•••').waitFor()
      },
    ],
  ]
}

for (const [colorScheme, width] of [
  ['light', 320],
  ['dark', 1280],
] as const) {
  const where = `${colorScheme}, ${width} px`

  test(`axe finds nothing on the pages of accounts, and none scrolls sideways: ${where}`, {
    timeout: 120_000,
  }, async () => {
    const options = { colorScheme, viewport: { width, height: 800 } }
    await check(await newPage(options), await visits())
    await check(await signedIn(options), await tours())
  })
}

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']

async function check(page: Page, steps: Step[]) {
  page.on('dialog', (dialog) => dialog.accept())
  for (const [name, path, then] of steps) {
    await page.goto(path)
    await hydrated(page)
    await then?.(page)
    const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze()
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
      name,
    ).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), name).toBeLessThanOrEqual(0)
  }
}
