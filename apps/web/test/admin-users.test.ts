import { expect, test } from 'vitest'
import { newPage, rest, signedIn, signIn } from './support/browser.ts'
import { newAddress } from './support/mails.ts'
import { newMember } from './support/members.ts'

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without JavaScript'

  test(`a server admin finds a leaver, sees what they created, locks them, and revokes all of it${how}`, async () => {
    const project = await rest.createProject('Engine')
    const email = await newMember(project, 'maintainer')
    const session = rest.session(email, 600)
    for (const name of ['one', 'two']) await rest.callAs(session, 'POST', `/projects/${project}/keys`, { name })
    const { uuid } = await rest.find(email)
    await rest.callAs(session, 'POST', `/users/${uuid}/keys`, { name: 'token' })
    await rest.createKey(project, 'of another')

    const page = await signedIn({ javaScriptEnabled })
    await page.goto(`/admin/users?search=${encodeURIComponent(email)}`)
    await page.getByRole('main').getByRole('link', { name: 'Grace' }).click()
    await page.getByText('Project keys: 2 active, 0 expired. Projects: 1. API tokens: 1.').waitFor()
    await page.getByRole('row', { name: 'one' }).getByText('Engine').waitFor()

    await page.getByRole('link', { name: 'Lock…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Lock Grace' }).click()
    await page.getByText('Changed.').first().waitFor()
    await page.getByText('Locked').first().waitFor()

    await page.getByRole('link', { name: 'Revoke all…' }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill('Left the company')
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke all of Grace' }).click()
    await page.getByText('Revoked: 2 project keys and all API tokens.').waitFor()
    await page.getByText('They created no project key that is not revoked.').waitFor()
    expect((await rest.listKeys(project)).map(({ name }) => name)).toEqual(['of another'])

    await page.getByRole('button', { name: 'Unlock' }).click()
    await page.getByRole('link', { name: 'Lock…' }).waitFor()
  })
}

test('a server admin makes another one, who then finds the users in the menu, and others get a 403', async () => {
  const email = newAddress('grace')
  await rest.signUp('Grace', email)
  const { uuid } = await rest.find(email)
  const page = await signedIn()
  const grace = await signIn(await newPage(), email)
  expect((await grace.goto('/admin/users'))?.status()).toBe(403)

  await page.goto(`/admin/users/${uuid}`)
  await page.getByRole('button', { name: 'Make server admin' }).click()
  await page.getByRole('button', { name: 'Take admin rights' }).waitFor()

  await grace.goto('/projects?all')
  await grace.getByRole('button', { name: 'Account menu' }).click()
  await grace.getByRole('link', { name: 'Users' }).click()
  await grace.getByRole('heading', { name: 'Users' }).waitFor()
  await page.getByRole('button', { name: 'Take admin rights' }).click()
  await page.getByRole('button', { name: 'Make server admin' }).waitFor()
})
