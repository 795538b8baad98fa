import { test } from 'vitest'
import { rest, signedIn } from './support/browser.ts'

test('a key’s page shows when, from where and how often it was used', async () => {
  const project = await rest.createProject()
  const key = await rest.createKey(project, 'busy')
  await rest.use(project, key)
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys/${key.uuid}`)
  await page
    .getByRole('definition')
    .filter({ hasText: /ago.* from 127\.0\.0\.1/ })
    .waitFor()
  await page.getByRole('img', { name: 'Between 0 and 1 calls per day, 1 in total' }).waitFor()
  await page.getByText(/^1 call · at most 1, on .+ · 1 today$/).waitFor()
})

test('a key that was never used says so', async () => {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'idle')
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys/${uuid}`)
  await page.getByText('No calls in the last 30 days.').waitFor()
  await page.getByRole('definition').getByText('never', { exact: true }).first().waitFor()
})
