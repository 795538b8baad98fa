import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { hydrated, newPage, place, rest, signedIn, signIn } from './support/browser.ts'
import { newMember } from './support/members.ts'
import { activeNames, box, projectWith } from './support/selection.ts'

const COUNT = 1_205

async function manyIn(count: number) {
  const project = await rest.createProject()
  for (let index = 0; index < count; index += 50) {
    const names = Array.from({ length: Math.min(50, count - index) }, (_, place) => `key-${index + place}`)
    await Promise.all(names.map((name) => rest.createKey(project, name)))
  }
  return project
}

async function selectAll(page: Page, count: string) {
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check()
  const more = page.getByRole('button', { name: `Select all ${count} that match` })
  if (await more.isVisible()) await more.click()
  await page.getByText(`${count} of ${count} selected`).waitFor()
}

test('more than 1,000 keys are revoked with several requests: if one fails, the rest stays selected and is tried again', async () => {
  const project = await manyIn(COUNT)
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await selectAll(page, '1,205')

  await page.getByRole('button', { name: 'Export', exact: true }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'CSV' }).click()
  const file = (await (await (await download).createReadStream()).toArray()).join('').trim().split('\r\n')
  expect(file).toHaveLength(COUNT + 1)
  expect(new Set(file).size).toBe(COUNT + 1)

  let requests = 0
  await page.route(/selection.*revoke$/, (route) => {
    requests += 1
    return requests === 2 ? route.abort() : route.continue()
  })
  await page.getByRole('button', { name: 'Revoke…', exact: true }).click()
  await page.getByRole('button', { name: 'Revoke 1,205 keys' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('1,000 of 1,205 are dealt with.').waitFor()
  await dialog.getByRole('alert').getByText('Try again for the rest').waitFor()
  await dialog.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('status').getByText('1,205 keys are revoked.').waitFor()
  expect(requests).toBe(3)
  expect(await rest.listKeys(project)).toEqual([])
}, 120_000)

test('a maintainer who loses the right between the question and the answer revokes nothing, and learns why', async () => {
  const project = await rest.createProject()
  for (const name of ['one', 'two']) await rest.createKey(project, name)
  const email = await newMember(project, 'maintainer')
  const page = await signIn(await newPage(), email)
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await selectAll(page, '2')
  await page.getByRole('button', { name: 'Revoke…', exact: true }).click()
  await page.getByRole('dialog').waitFor()
  const { uuid } = await rest.find(email)
  await rest.callAs(rest.session('owner@localhost', 60), 'PATCH', `/projects/${project}/members/${uuid}`, {
    role: 'viewer',
  })
  await page.getByRole('button', { name: 'Revoke 2 keys' }).click()
  await page.getByRole('alert').getByText('Nothing was changed').waitFor()
  expect(await rest.listKeys(project)).toHaveLength(2)
})

test('two people who revoke the same keys at once both finish, and each key is revoked by one of them', async () => {
  const project = await manyIn(60)
  const pages = await Promise.all([signedIn(), signedIn()])
  for (const page of pages) {
    await page.goto(`/projects/${project}/keys`)
    await hydrated(page)
    await selectAll(page, '60')
    await page.getByRole('button', { name: 'Revoke…', exact: true }).click()
  }
  await Promise.all(pages.map((page) => page.getByRole('button', { name: 'Revoke 60 keys' }).click()))
  const note = async (page: Page) => {
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    return (await page.locator('main .note').textContent()) ?? ''
  }
  const notes = await Promise.all(pages.map(note))
  const count = (text: RegExp) => notes.reduce((sum, note) => sum + Number(text.exec(note)?.[1] ?? 0), 0)
  expect(count(/(\d+) keys? (?:is|are) revoked/)).toBe(60)
  expect(count(/(\d+) (?:was|were) already revoked/)).toBe(60)
})

test('of keys that the policy refuses, a renewal tells how many and why, and renews the others', async () => {
  const project = await rest.createProject()
  const owner = rest.session('owner@localhost', 60)
  await rest.callAs(owner, 'POST', `/projects/${project}/keys`, { name: 'scoped', scopes: ['a'] })
  await rest.createKey(project, 'open')
  await rest.callAs(owner, 'PATCH', `/projects/${project}`, { key_policy: { require_scopes: true } })
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await selectAll(page, '2')
  await page.getByRole('button', { name: 'Renew…', exact: true }).click()
  await page.getByRole('dialog').getByText('7 days').click()
  await page.getByRole('button', { name: 'Renew 2 keys' }).click()
  await page
    .getByRole('status')
    .getByText('1 key is renewed. 1 was not renewed. The key policy of the project (`require_scopes`) requires')
    .waitFor()
})

test('no row that has the focus is behind the bar, on a phone neither', async () => {
  const project = await manyIn(12)
  for (const width of [320, 1440]) {
    const page = await signedIn({ viewport: { width, height: 600 } })
    await page.goto(`/projects/${project}/keys`)
    await hydrated(page)
    await page.getByRole('checkbox', { name: 'Select key-0' }).focus()
    await page.keyboard.press('Space')
    await page.getByText('1 of 12 selected').waitFor()
    for (let step = 0; step < 24; step++) {
      await page.keyboard.press('Tab')
      const isHidden = await page.evaluate(() => {
        const bar = document.querySelector('#selection')
        const place = document.activeElement
        if (!bar || !place || bar.contains(place)) return false
        return place.getBoundingClientRect().bottom > bar.getBoundingClientRect().top
      })
      expect(isHidden, `${step} at ${width}`).toBe(false)
    }
  }
})

test('all that match are those that were counted: none made since and none of another search is revoked', async () => {
  const project = await projectWith(12, 'ci')
  await rest.createKey(project, 'other')
  await rest.use(project, await rest.createKey(project, 'ci-used'))
  const taken = await rest.createKey(project, 'ci-taken')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys?search=ci&per_page=10&page=2`)
  await hydrated(page)
  await page.waitForTimeout(1_000) // times have whole seconds
  await rest.createKey(project, 'ci-since')
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check()
  await page.getByRole('button', { name: 'Select all 14 that match' }).click()
  await page.getByText('14 of 14 selected').waitFor()
  await page.getByRole('button', { name: 'Revoke…', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Revoke 14 keys?' })
  await dialog.getByText('1 was used today.').waitFor()
  await dialog.getByText('Created by Owner (14).').waitFor()
  expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('reason')
  await rest.revokeKey(project, taken.uuid) // somebody else is faster
  await page.keyboard.type('Leaked in a log')
  await page.keyboard.press('Enter')
  await page.getByRole('status').getByText('13 keys are revoked. 1 was already revoked.').waitFor()
  await page.waitForURL(/search=ci&per_page=10$/) // there is no second page any more
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain('ci-since')
  expect((await activeNames(project)).sort()).toEqual(['ci-since', 'other'])
})

test('an export has all that the list matches, whatever its page, and one of a selection what is selected', async () => {
  const project = await projectWith(12)
  await rest.createKey(project, 'other')
  const page = await signedIn()
  const read = async (query: string) =>
    (await page.request.get(`${place.consoleUrl}/projects/${project}/keys/export?${query}`)).text()
  const names = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).name)
  expect(names(await read('search=key&page=2&per_page=10&format=ndjson'))).toHaveLength(12)
  expect((await read('search=nothing')).split('\r\n')).toHaveLength(2)
  expect(names(await read('attention=never_used&search=other&format=ndjson'))).toEqual(['other'])
  expect(await read('attention=maker_gone&format=ndjson')).toBe('')
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await box(page, 'key-04').check()
  await box(page, 'other').check()
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'JSON lines' }).click()
  const file = await (await download).createReadStream()
  expect(names((await file.toArray()).join(''))).toEqual(['key-04', 'other'])
})
