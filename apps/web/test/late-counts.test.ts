import { expect, test } from 'vitest'
import { newPage } from './support/browser.ts'
import { startBehindProxy } from './support/proxy.ts'
import { createWorld } from './support/world.ts'

const [proxy, world] = await Promise.all([startBehindProxy('overview.counts'), createWorld()])
const organization = `/organizations/${world.places['organizations/[organization]']}`

async function visit(path: string, javaScriptEnabled = true) {
  const page = await newPage({ baseURL: proxy.consoleUrl, javaScriptEnabled })
  await page.context().addCookies([{ name: 'session', value: world.session, url: proxy.consoleUrl }])
  await page.goto(path, { waitUntil: 'commit' })
  return page
}

test('the page of an organization does not wait for its counts, and shows them as soon as they are there', async () => {
  proxy.hold()
  const page = await visit(`${organization}?attention=never_used`)
  await page.getByRole('link', { name: 'ci', exact: true }).waitFor()
  await page.getByRole('link', { name: '… Never used' }).waitFor()
  proxy.release()
  await page.getByRole('link', { name: '1 Never used' }).waitFor()
})

test('without a script a link shows the counts that were late', async () => {
  proxy.hold()
  const page = await visit(`${organization}?attention=never_used`, false)
  const link = page.getByRole('link', { name: 'Show the counts' })
  await link.waitFor()
  proxy.release()
  await link.click()
  await page.getByRole('link', { name: '1 Never used' }).waitFor()
})

test('counts that fail are dashes and a line that says so, beside the keys', async () => {
  proxy.refuse(true)
  const page = await visit(`${organization}?attention=never_used`)
  await page.getByRole('status').getByText('The keys could not be counted.').waitFor()
  expect(await page.getByRole('link', { name: '– Never used' }).isVisible()).toBe(true)
  expect(await page.getByRole('link', { name: 'ci', exact: true }).isVisible()).toBe(true)
  proxy.refuse(false)
})
