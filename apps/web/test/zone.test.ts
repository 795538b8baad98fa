import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { hydrated, newPage, place, rest, signedIn, signIn } from './support/browser.ts'

/** Ten hours behind UTC all year. */
const HONOLULU = { timezoneId: 'Pacific/Honolulu' }
const BEHIND = 10 * 60 * 60 * 1000 // ms

const inHonolulu = (time: number, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { ...options, timeZone: HONOLULU.timezoneId }).format(time)

/** When the current month ends in Honolulu. */
function monthsEnd(now: number) {
  const there = new Date(now - BEHIND)
  return Date.UTC(there.getUTCFullYear(), there.getUTCMonth() + 1) + BEHIND
}

/** The full times that a page shows as titles. */
const timesOf = (page: Page) =>
  page.locator('time').evaluateAll((times) => times.map((time) => time.getAttribute('title')))

test('after signing in, the server renders times in the browser’s zone, and the script keeps them', async () => {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'timed')
  const path = `/projects/${project}/keys/${uuid}`
  const page = await signedIn(HONOLULU)
  const html = await (await page.request.get(path)).text()
  const day = inHonolulu(Date.now(), { dateStyle: 'long' })
  expect(html).toContain(`title="${day} at `)
  expect(html).not.toMatch(/\d UTC/)
  await page.goto(path)
  const before = await timesOf(page)
  await hydrated(page)
  expect(await timesOf(page)).toEqual(before)
  const cookie = (await page.context().cookies()).find(({ name }) => name === 'zone')
  expect(cookie).toMatchObject({ value: HONOLULU.timezoneId, sameSite: 'Lax', httpOnly: false, path: '/' })
})

test('a page rendered before the zone was known is loaded again', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'timed')
  const page = await signedIn(HONOLULU)
  await page.context().clearCookies({ name: 'zone' })
  await page.goto(`/projects/${project}/keys`)
  await expect.poll(() => timesOf(page)).not.toContainEqual(expect.stringContaining('UTC'))
  expect(await page.getByText('1–1 of 1').count()).toBe(1)
})

test('a new key stays on the screen while its page is loaded again', async () => {
  const project = await rest.createProject()
  const page = await signedIn(HONOLULU)
  await page.goto(`/projects/${project}/keys/new`)
  await hydrated(page)
  await page.getByLabel('Name').fill('kept')
  await page.context().clearCookies({ name: 'zone' })
  const again = page.waitForResponse(/__data\.json/)
  await page.getByRole('button', { name: 'Create key' }).click()
  await again
  await page.getByRole('button', { name: 'Reveal' }).click()
  await page.getByText(/^bencher_run_\w{30}$/).waitFor()
})

test('without JavaScript, or with an invalid zone, times are in UTC and say so', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'timed')
  const page = await newPage({ ...HONOLULU, javaScriptEnabled: false })
  await signIn(page)
  for (const value of ['', 'Nowhere/Land', '+05:30', '%E0%A4%A', '"><script>', 'x'.repeat(3000)]) {
    if (value) await page.context().addCookies([{ name: 'zone', value, url: place.consoleUrl }])
    await page.goto(`/projects/${project}/keys`)
    const times = await timesOf(page)
    expect(times.length, value).toBeGreaterThan(0)
    for (const time of times) expect(time, value).toMatch(/ UTC$/)
  }
})

test('this month begins and ends in the reader’s time zone', async () => {
  const project = await rest.createProject()
  const now = Date.now()
  const left = Math.round((monthsEnd(now) - now) / 1000)
  await rest.createKey(project, 'at its end', Math.max(1, left - 60))
  await rest.createKey(project, 'after it', left + 60)
  const page = await signedIn(HONOLULU)
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await page.getByLabel('Filter by expiry').selectOption({ label: `Expires in ${inHonolulu(now, { month: 'long' })}` })
  await page.getByText('1–1 of 1').waitFor()
  await page.getByRole('link', { name: 'at its end' }).waitFor()
})

test('a key with a last day shows that day', async () => {
  const project = await rest.createProject()
  const page = await signedIn(HONOLULU)
  await page.goto(`/projects/${project}/keys/new`)
  await hydrated(page)
  await page.getByLabel('Name').fill('dated')
  await page.getByText('On a date').click()
  await page.getByText('until the end of that day, in Pacific/Honolulu.').waitFor()
  await page.getByLabel('Last day').fill('2030-02-28')
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByRole('link', { name: 'I have stored it' }).click()
  await page.getByText('28 February 2030 at 23:59').first().waitFor({ state: 'attached' })
})
