import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import { createRest } from './api.ts'
import { signInBy } from './page.ts'

export { hydrated } from './page.ts'

export const place = inject('place')
export const rest = createRest(place)

let browser: Browser
beforeAll(async () => {
  browser = await chromium.launch(inject('chromium'))
})
afterAll(() => browser.close())

const pages: Page[] = []
const problems: string[] = []
afterEach(async () => {
  await Promise.all(pages.splice(0).map((page) => page.context().close()))
  expect(problems.splice(0).join('\n'), 'violations of the policy, errors of scripts, requests to others').toBe('')
})

/**
 * A page in a new browser context. The test fails on any violation of the content security policy, on any error of a
 * script, and on any request to a host that is not one of these `others`.
 */
export async function newPage(options: BrowserContextOptions = {}, others: string[] = []): Promise<Page> {
  const context = await browser.newContext({
    baseURL: place.consoleUrl,
    timezoneId: 'UTC',
    permissions: ['clipboard-read', 'clipboard-write'],
    reducedMotion: 'reduce',
    ...options,
  })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  page.on('console', (message) => {
    if (/Content.Security.Policy|hydration/i.test(message.text())) problems.push(message.text())
  })
  const hosts = [options.baseURL ?? place.consoleUrl, ...others]
  page.on('request', (request) => {
    if (!hosts.some((host) => request.url().startsWith(host))) problems.push(`a request to ${request.url()}`)
  })
  page.on('pageerror', ({ message }) => problems.push(message))
  pages.push(page)
  return page
}

export const signIn = (page: Page, email?: string): Promise<Page> => signInBy(rest.link(email), page)

export const signedIn = async (options?: BrowserContextOptions): Promise<Page> => signIn(await newPage(options))
