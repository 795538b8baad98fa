import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { newPage, place, rest, signedIn } from './support/browser.ts'

const OPERATION = '#tag/project-keys/GET/v0/projects/{project}/keys'

/** Opens the reference of the API. The test fails on a violation of its policy, and on a request to another host. */
async function open(options: { width?: number; colorScheme?: 'light' | 'dark' } = {}, hash = ''): Promise<Page> {
  const { width = 1440, colorScheme = 'light' } = options
  const page = await newPage({ baseURL: place.apiUrl, viewport: { width, height: 900 }, colorScheme })
  await page.goto(`/docs${hash}`)
  await page.getByRole('heading', { level: 1, name: 'Project Keys' }).waitFor()
  return page
}

const tokenField = (page: Page) => page.getByLabel('Bearer Token').first()
const kept = (page: Page) =>
  page.evaluate(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, await indexedDB.databases()]))

test.each([
  [320, 'light'],
  [320, 'dark'],
  [1440, 'light'],
  [1440, 'dark'],
] as const)(
  'at %i px and in %s colours the reference fits its page and has our colours',
  async (width, colorScheme) => {
    const page = await open({ width, colorScheme })
    const { wide, paper, scheme, font } = await page.evaluate(() => ({
      wide: document.documentElement.scrollWidth - innerWidth,
      paper: getComputedStyle(document.body).backgroundColor,
      scheme: getComputedStyle(document.body).colorScheme,
      font: getComputedStyle(document.querySelector('h1') ?? document.body).fontFamily,
    }))
    expect(wide).toBe(0)
    expect(paper).toBe(colorScheme === 'light' ? 'oklch(0.986 0.004 90)' : 'oklch(0.175 0.008 270)')
    expect(scheme).toBe(colorScheme)
    expect(font).toContain('Instrument Sans')
  },
)

test('a second visit loads nothing but the page itself', async () => {
  const page = await open()
  const loaded = () =>
    page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter((entry) => entry instanceof PerformanceResourceTiming && entry.transferSize > 0)
        .map(({ name }) => name),
    )
  expect((await loaded()).length).toBeGreaterThan(4)
  await page.goto('about:blank')
  await page.goto('/docs')
  await page.getByRole('heading', { level: 1, name: 'Project Keys' }).waitFor()
  expect(await loaded()).toEqual([])
})

test('a request is tried with a token that stays in the memory of the page', async () => {
  const token = rest.session(place.owner, 3600)
  const page = await open()
  await tokenField(page).fill(token)
  await page.goto(`/docs${OPERATION}`)
  await page
    .getByRole('button', { name: /Test Request/ })
    .first()
    .click()
  const [response] = await Promise.all([
    page.waitForResponse((response) => response.url().includes('/v0/projects/example/keys?')),
    page.getByRole('dialog').getByRole('button', { name: /^Send/ }).first().click(),
  ])
  expect(response.status()).toBe(200)
  expect(await kept(page)).not.toContain(token)
  expect(await page.context().cookies(place.apiUrl)).toEqual([])
  await page.reload()
  expect(await tokenField(page).inputValue()).toBe('')
})

test('the reference leads to the console, and to a token for an hour', async () => {
  const page = await open()
  expect(await page.getByRole('link', { name: 'To the console' }).getAttribute('href')).toBe(place.consoleUrl)
  const link = await page.getByRole('link', { name: 'Make an API token that lasts an hour' }).getAttribute('href')
  const console = await signedIn()
  await console.goto(link ?? '')
  expect(await console.getByLabel('Name').inputValue()).toBe('api-reference')
  expect(await console.getByLabel('1 hour').isChecked()).toBe(true)
  const before = Date.now()
  await console.getByRole('button', { name: 'Create API token' }).click()
  await console.getByRole('button', { name: 'Reveal' }).waitFor()
  const tokens = await rest.listTokens((await rest.me()).uuid)
  const ends = tokens.filter(({ name }) => name === 'api-reference').map(({ expiration }) => Date.parse(expiration))
  expect(Math.round(((ends[0] ?? 0) - before) / 60_000)).toBe(60)
})
