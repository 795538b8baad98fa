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
