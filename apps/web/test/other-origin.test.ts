import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { newPage, place, rest } from './support/browser.ts'
import { startSite } from './support/site.ts'

/** The headers that tracing adds to the requests of a page. */
const TRACING = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  baggage: 'sentry-environment=production,sentry-public_key=0123456789abcdef',
  'sentry-trace': '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1',
}

const elsewhere = await startSite()
const session = rest.session(place.owner, 3600)
let project: string
let key: string
beforeAll(async () => {
  project = await rest.createProject()
  key = (await rest.createKey(project, 'ci')).key
})

/** Calls the API from a page; it rejects if the browser hides the response from the page. */
const callFrom = (page: Page, path: string, { token = session, method = 'GET', body = null as string | null } = {}) =>
  page.evaluate(
    async ({ url, ...request }) => {
      const response = await fetch(url, request)
      return { status: response.status, id: response.headers.get('x-request-id'), text: await response.text() }
    },
    {
      url: place.apiUrl + path,
      method,
      body,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...TRACING },
    },
  )

test('a page of another origin whose tracing adds headers calls REST, tRPC, verification and health', async () => {
  const page = await newPage({ baseURL: elsewhere }, [place.apiUrl])
  await page.goto('/')
  const named = (name: string) => ({ method: 'POST', body: JSON.stringify({ name }) })
  const answers = [
    await callFrom(page, `/v0/projects/${project}/keys`),
    await callFrom(page, `/v0/projects/${project}/keys`, named('elsewhere')),
    await callFrom(page, `/v0/projects/${project}/keys/${crypto.randomUUID()}`, { ...named('x'), method: 'PATCH' }),
    await callFrom(page, '/v0/verify', { token: key }),
    await callFrom(page, '/v0/verify', { token: 'wrong' }),
    await callFrom(page, '/trpc/users.me'),
    await callFrom(page, '/trpc/users.me,users.me?batch=1'),
    await callFrom(page, '/trpc/nowhere', { method: 'POST', body: '{}' }),
    await callFrom(page, '/health'),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 201, 404, 200, 401, 200, 200, 404, 200])
  for (const { id } of answers) expect(id).toMatch(/^[0-9a-f-]{36}$/)
})
