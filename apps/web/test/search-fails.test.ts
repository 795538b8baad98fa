import { generateKey } from '@project-keys/verify/key'
import { expect, test } from 'vitest'
import { startKeeping } from './support/keeping.ts'

const { visit, shut, open, project } = await startKeeping()

test('a search that fails leaves the list and shows a line, and the next one works', async () => {
  const page = await visit(`${project}/keys`)
  await page.getByRole('link', { name: 'ci', exact: true }).waitFor()
  const field = page.getByRole('searchbox').first()
  shut()
  await field.fill('c')
  await page.getByRole('alert').getByText('The list is still the one from before this search.').waitFor()
  expect(await page.getByRole('link', { name: 'ci', exact: true }).isVisible()).toBe(true)
  expect(await field.inputValue()).toBe('c')
  open()
  await field.fill('ci')
  await page.waitForURL(/search=ci/)
  await page.getByRole('alert').waitFor({ state: 'detached' })
  await page.route(/__data\.json/, (route) => route.abort())
  await field.fill('no such key')
  await page.getByRole('alert').waitFor()
  expect(await page.getByRole('link', { name: 'ci', exact: true }).isVisible()).toBe(true)
})

test('a key that is pasted while nothing answers gets a line that says so, and the list comes back', async () => {
  const page = await visit(`${project}/keys`)
  shut()
  const field = page.getByRole('searchbox').first()
  await field.fill(generateKey('bencher', 'run'))
  await page.getByRole('alert').getByText('The field does not keep keys: paste it again.').waitFor()
  expect(await field.inputValue()).toBe('')
  open()
  await page.getByRole('button', { name: 'Show the list' }).click()
  await page.getByRole('link', { name: 'ci', exact: true }).waitFor()
})
