import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { isAlive, place, rest, signedIn } from './support/browser.ts'

/** What the browser itself reports, kept over all navigations by script. */
async function noteViolations(page: Page) {
  const violations: string[] = []
  await page.exposeFunction('violated', (directive: string) => violations.push(directive))
  await page.addInitScript(() =>
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      Reflect.get(window, 'violated')(`${effectiveDirective} ${blockedURI} on ${location.pathname}`),
    ),
  )
  return violations
}

test('the policy is never broken, on no page that a script leads to', async () => {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'toured')
  const page = await signedIn()
  const violations = await noteViolations(page)
  await page.goto('/projects?all')
  await isAlive(page)
  const key = `/projects/${project}/keys/${uuid}`
  const documents: string[] = []
  page.on('request', (request) => {
    if (request.isNavigationRequest()) documents.push(request.url())
  })
  for (const path of [
    `/projects/${project}/keys`,
    `/projects/${project}/keys?expires=month`,
    `/projects/${project}/keys/new`,
    key,
    `${key}?rename`,
    `${key}?revoke`,
    `/projects/${project}/members`,
    `/projects/${project}/settings`,
    `/projects/${project}/settings?delete`,
    '/projects/new',
    '/organizations/example/members',
    '/account',
    '/account/tokens',
    '/account/tokens/new',
    '/projects/none/keys',
  ]) {
    await follow(page, path)
    expect(new URL(page.url()).pathname, path).toBe(path.split('?')[0])
  }
  expect(documents, 'loaded anew, not by the script').toEqual([])
  expect(violations).toEqual([])
})

/** Goes to a page as a click on a link to it does. */
async function follow(page: Page, path: string) {
  await page.evaluate((href) => {
    document.querySelector('dialog')?.close()
    const link = Object.assign(document.createElement('a'), { href })
    document.querySelector('main')?.append(link)
    link.click()
  }, path)
  await page.waitForURL(`${place.consoleUrl}${path}`)
  await page.locator('h1').first().waitFor({ state: 'attached' })
}
