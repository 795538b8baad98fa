import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { hydrated, newPage, rest, signedIn, signIn } from './support/browser.ts'
import { newAddress } from './support/mails.ts'

const DAY = 24 * 3600 // s

async function projectWith(count: number) {
  const project = await rest.createProject()
  for (let index = 1; index <= count; index++) {
    await rest.createKey(project, `key-${String(index).padStart(2, '0')}`, 90 * DAY)
  }
  return project
}

const rowOf = (page: Page, name: string) => page.locator('tbody tr').filter({ hasText: name })
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim())
const entries = (page: Page) => page.evaluate(() => history.length)

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without JavaScript'

  test(`the whole row opens a key, and the way back leads to the same search, page and row${how}`, async () => {
    const project = await projectWith(12)
    const page = await signIn(await newPage({ javaScriptEnabled }))
    const list = `/projects/${project}/keys?search=key&direction=desc&per_page=10&page=2`
    await page.goto(list)
    if (javaScriptEnabled) await hydrated(page)
    await rowOf(page, 'key-02').getByText('Active').click({ force: true })
    await page.getByRole('heading', { name: 'key-02' }).waitFor()
    await page.getByRole('link', { name: 'Rename' }).click()
    await page.getByLabel('New name').fill('key-02 renamed')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'key-02 renamed' }).waitFor()
    await page.getByRole('link', { name: /^Keys of/ }).click()
    await page.getByText('11–12 of 12').waitFor()
    expect(page.url()).toContain(list)
    if (javaScriptEnabled) await expect.poll(() => focused(page)).toContain('key-02')
    else expect(page.url()).toMatch(/#row-[0-9a-f-]{36}$/)
  })
}

test('Back returns to the search, the page and the row, and the questions on the way are no steps', async () => {
  const project = await projectWith(12)
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys?search=key&per_page=10&page=2`)
  await hydrated(page)
  await page.getByRole('link', { name: 'key-12' }).click()
  await page.getByRole('heading', { name: 'key-12' }).waitFor()
  const before = await entries(page)
  await page.getByRole('link', { name: 'Revoke…' }).click()
  await page.getByRole('link', { name: 'Cancel' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Revoke…' }).click()
  await page.getByRole('button', { name: 'Revoke key-12' }).click()
  await page.getByText(/This key was revoked/).waitFor()
  expect(await entries(page)).toBe(before)
  await page.goBack()
  await page.getByText('11–11 of 11').waitFor()
  expect(page.url()).toMatch(/search=key&per_page=10&page=2$/)
})

test('revoking from the list stays at its place, and goes on at the next row', async () => {
  const project = await projectWith(12)
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys?direction=desc&per_page=10`)
  await hydrated(page)
  const before = await entries(page)
  const ask = async () => {
    await page.getByRole('button', { name: 'Actions for key-11' }).click()
    await page.getByRole('link', { name: 'Revoke…' }).click()
    await page.getByRole('dialog').getByText('It was never used.').waitFor()
  }
  await ask()
  await page.getByRole('link', { name: 'Cancel' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await expect.poll(() => focused(page)).toContain('key-11')
  await ask()
  await page.getByRole('button', { name: 'Revoke key-11' }).click()
  await page.getByRole('status').getByText('Revoked.').waitFor()
  await page.getByText('1–10 of 11').waitFor()
  await page.getByRole('link', { name: 'Revoked 1' }).waitFor()
  expect(page.url()).toMatch(/direction=desc&per_page=10$/)
  expect(await entries(page)).toBe(before)
  await expect.poll(() => focused(page)).toContain('key-10')
})

test('a key in use is revoked from the list by its name alone, with and without JavaScript', async () => {
  const project = await rest.createProject()
  for (const javaScriptEnabled of [true, false]) {
    const key = await rest.createKey(project, 'busy')
    await rest.use(project, key)
    const page = await signIn(await newPage({ javaScriptEnabled }))
    await page.goto(`/projects/${project}/keys?search=busy&revoke=${key.uuid}`)
    if (javaScriptEnabled) await hydrated(page)
    await page.getByLabel('Type busy to confirm').fill('other')
    await page.getByRole('button', { name: 'Revoke busy' }).click()
    await page.getByText('The name does not match.').waitFor()
    await page.getByLabel('Type busy to confirm').fill('busy')
    await page.getByRole('button', { name: 'Revoke busy' }).click()
    await page.waitForURL(/\?search=busy$/)
    await page.getByText('No key').first().waitFor()
  }
})

test('a row shows the calls of the last 14 days, also as a text, and the list is sorted by the last use and by the maker', async () => {
  const project = await rest.createProject()
  await rest.use(project, await rest.createKey(project, 'used'))
  await rest.createKey(project, 'alone')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await rowOf(page, 'used').locator('svg path[d*="v-"]').waitFor({ state: 'attached' })
  expect(await rowOf(page, 'used').textContent()).toContain('1 call in the last 14 days')
  expect(await rowOf(page, 'alone').textContent()).not.toContain('last 14 days')
  const names = () => page.getByRole('rowheader').getByRole('link').allTextContents()
  await page.getByRole('link', { name: 'Last used' }).click()
  await page.waitForURL(/\?sort=last_used$/)
  await expect.poll(names).toEqual(['alone', 'used'])
  await page.getByRole('link', { name: 'Last used' }).click()
  await page.waitForURL(/direction=desc$/)
  await expect.poll(names).toEqual(['used', 'alone'])
  await page.getByRole('link', { name: 'Created by' }).click()
  await page.waitForURL(/\?sort=creator$/)
})

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without JavaScript'

  test(`compact rows let 25 keys fit on a screen, and are remembered${how}`, async () => {
    const project = await projectWith(26)
    const page = await signIn(await newPage({ javaScriptEnabled, viewport: { width: 1440, height: 900 } }))
    await page.goto(`/projects/${project}/keys?search=key`)
    if (javaScriptEnabled) await hydrated(page)
    const before = await entries(page).catch(() => 0)
    await page.getByRole('button', { name: 'Compact rows' }).click()
    await page.locator('table.compact').waitFor()
    expect(page.url()).toMatch(/\?search=key$/)
    if (javaScriptEnabled) expect(await entries(page)).toBe(before)
    await page.goto(`/projects/${project}/keys`)
    const last = await page.getByRole('row').nth(25).boundingBox()
    expect((last?.y ?? Number.NaN) + (last?.height ?? 0)).toBeLessThanOrEqual(900)
    await page.getByRole('button', { name: 'Compact rows' }).click()
    await page.locator('table:not(.compact)').waitFor()
  })
}

test('the exact times of a key are shown where one points at its row, which stays its link', async () => {
  const project = await projectWith(1)
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  const time = rowOf(page, 'key-01').locator('time').last()
  const pointed = await time.evaluate((element) => {
    const { x, y, width, height } = element.getBoundingClientRect()
    const top = document.elementFromPoint(x + width / 2, y + height / 2)
    return { title: top?.closest('[title]')?.getAttribute('title'), href: top?.closest('a')?.getAttribute('href') }
  })
  const exact = (await time.textContent())?.replace(/^.*?, /, '')
  expect(exact).toMatch(/\d{4}.*UTC$/)
  expect(pointed.title).toContain(`Expires: ${exact}`)
  expect(pointed.href).toContain(`/projects/${project}/keys/`)
})

test('a note of success goes by itself, not while one points at it, and moves nothing', async () => {
  const project = await rest.createProject()
  await rest.invite(project, newAddress('noted'), 'viewer')
  const page = await signedIn()
  await page.goto(`/projects/${project}/members`)
  await hydrated(page)
  const top = () =>
    page.getByRole('heading', { name: 'Invite someone' }).evaluate((head) => head.getBoundingClientRect().y)
  const before = await top()
  await page.getByRole('button', { name: 'Withdraw' }).click()
  const note = page.getByText('Invitation withdrawn.')
  await note.waitFor()
  expect(await top()).toBe(before)
  const [animation] = await note.evaluate((element) =>
    element.getAnimations().map((animation) => Number(animation.effect?.getTiming().duration)),
  )
  expect(animation).toBeGreaterThanOrEqual(6_000)
  await note.hover()
  expect(await note.evaluate((element) => element.getAnimations()[0]?.playState)).toBe('paused')
  await page.mouse.move(0, 0)
  await note.evaluate((element) => element.getAnimations()[0]?.finish())
  await note.waitFor({ state: 'hidden' })
  expect(await top()).toBe(before)
})
