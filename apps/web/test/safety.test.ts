import { expect, test } from 'vitest'
import { hydrated, place, rest, signedIn } from './support/browser.ts'

/** Follows links to every page without loading a new document. */
test('no page that is opened by script violates the policy or sends a request to another host', async () => {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'walked')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  const loads: string[] = []
  page.on('request', (request) => request.isNavigationRequest() && loads.push(request.url()))
  const paths = [
    `/projects/${project}/keys?sort=expiration&expires=soon`,
    `/projects/${project}/keys?state=revoked`,
    `/projects/${project}/keys/new`,
    `/projects/${project}/keys/${uuid}?rename`,
    `/projects/${project}/keys/${uuid}?revoke`,
    `/projects/${project}/members`,
    `/projects/${project}/settings?delete`,
    '/organizations/example/members',
    '/projects?all',
    '/projects/new',
    '/projects/nowhere/keys',
    '/account',
    '/account/tokens',
    '/account/tokens/new',
    '/auth/signup',
    '/auth/signin',
    '/auth/accept',
    '/auth/confirm',
  ]
  for (const path of paths) {
    await page.evaluate((path) => {
      const link = document.createElement('a')
      link.href = path
      document.body.append(link)
      link.click()
      link.remove()
    }, path)
    await page.waitForURL((url) => url.pathname === path.split('?')[0])
    await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' })
  }
  expect(loads).toEqual([])
})

test('a form from another site changes nothing, even with a valid session cookie', async () => {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'guarded')
  const page = await signedIn()
  const cookies = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`)
  expect(cookies).toContainEqual(expect.stringMatching(/^session=./))
  for (const origin of ['http://evil.example', 'null', undefined]) {
    const answer = await fetch(`${place.consoleUrl}/projects/${project}/keys/${uuid}?/revoke`, {
      method: 'POST',
      headers: {
        cookie: cookies.join('; '),
        'content-type': 'application/x-www-form-urlencoded',
        ...(origin && { origin }),
      },
    })
    expect(answer.status, origin).toBe(403)
  }
  expect(await rest.listKeys(project)).toHaveLength(1)
})

test('every page has one main element, one h1, and a title of its own', async () => {
  const project = await rest.createProject()
  const page = await signedIn()
  const titles = new Set<string>()
  const paths = ['keys', 'keys/new', 'members', 'settings'].map((path) => `/projects/${project}/${path}`)
  for (const path of [...paths, '/projects?all', '/account', '/account/tokens', '/nowhere']) {
    await page.goto(path)
    expect(await page.locator('main').count(), path).toBe(1)
    expect(await page.locator('h1').count(), path).toBe(1)
    titles.add(await page.title())
  }
  expect(titles.size).toBe(paths.length + 4)
})
