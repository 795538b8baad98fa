import { expect, test } from 'vitest'
import { newPage, rest, signIn } from './support/browser.ts'
import { newMember } from './support/members.ts'

/** The list of a project, as a new member sees it. */
async function joined(project: string, role: string, javaScriptEnabled = true) {
  const page = await signIn(await newPage({ javaScriptEnabled }), await newMember(project, role))
  await page.goto(`/projects/${project}/keys`)
  return page
}

for (const [role, javaScriptEnabled] of [
  ['viewer', true],
  ['developer', false],
] as const) {
  const how = javaScriptEnabled ? '' : ', without JavaScript'

  test(`a ${role} reads the list of keys, searches it, and finds nothing there to change${how}`, async () => {
    const project = await rest.createProject('Engine')
    const used = await rest.createKey(project, 'ci-main')
    await rest.use(project, used)
    await rest.createKey(project, 'nightly')
    await rest.revokeKey(project, (await rest.createKey(project, 'old')).uuid)

    const page = await joined(project, role, javaScriptEnabled)
    const main = page.getByRole('main')
    expect(await main.getByRole('columnheader').allTextContents()).toEqual(['Name', 'Status', 'Last used'])
    const row = main.getByRole('row', { name: 'ci-main' })
    for (const text of [used.key.slice(-4), 'Active', 'ago']) expect(await row.textContent()).toContain(text)
    expect(await main.getByRole('row', { name: 'nightly' }).textContent()).toContain('never')

    await main.getByRole('link', { name: 'Revoked 1' }).click()
    await main.getByRole('row', { name: 'old' }).waitFor()
    await main.getByRole('link', { name: 'Active 2' }).click()
    await main.getByRole('row', { name: 'nightly' }).waitFor()
    await main.getByRole('searchbox').fill(used.key.slice(-4).toLowerCase())
    await page.keyboard.press('Enter')
    await main.getByRole('row', { name: 'nightly' }).waitFor({ state: 'detached' })
    await row.waitFor()

    for (const name of ['New key', 'Members', 'Settings', 'ci-main']) {
      expect([name, await main.getByRole('link', { name }).count()]).toEqual([name, 0])
    }
  })
}

test('a viewer gets the same 403 from every page for those who manage the project', async () => {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'ci')
  const page = await joined(project, 'viewer')
  for (const path of ['keys/new', `keys/${uuid}`, 'members', 'settings', 'settings?delete']) {
    const answer = await page.goto(`/projects/${project}/${path}`)
    expect([path, answer?.status()]).toEqual([path, 403])
  }
})

test('a viewer finds the project among their own', async () => {
  const project = await rest.createProject('Engine')
  const page = await joined(project, 'viewer')
  await page.goto('/projects?all')
  await page.getByRole('main').getByRole('link', { name: 'Engine' }).click()
  await page.waitForURL(`**/projects/${project}/keys`)
})
