import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Outputs } from '../src/lib/api-types.ts'
import { hydrated, newPage, place, rest, signedIn, signIn } from './support/browser.ts'
import { mailedLink, newAddress } from './support/mails.ts'

async function invite(page: Page, email: string, role?: string) {
  await page.getByLabel('Email').fill(email)
  if (role) await page.getByLabel('Role', { exact: true }).selectOption(role)
  await page.getByRole('button', { name: 'Send invitation' }).click()
  await page.getByText(`We have sent an invitation to ${email}.`).waitFor()
}

/** A user with an account who has accepted an invitation to a project. */
async function addMember(project: string, role: string) {
  const email = newAddress(role)
  await rest.signUp('Grace', email)
  await rest.invite(project, email, role)
  const page = await signIn(await newPage(), email)
  await page.goto(await mailedLink(email))
  await page.getByRole('button', { name: 'Accept' }).click()
  await page.waitForURL(/\/projects/)
  return { email, page }
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without JavaScript'

  test(`a new user is invited, sees the place and role, enters a name, and becomes a member${how}`, async () => {
    const project = await rest.createProject('Engine')
    const email = newAddress('new')
    const owner = await signedIn({ javaScriptEnabled })
    await owner.goto(`/projects/${project}/members`)
    await invite(owner, email, 'maintainer')

    const page = await newPage({ javaScriptEnabled })
    const link = await mailedLink(email)
    await page.goto(link)
    expect(page.url()).toBe(`${place.consoleUrl}/auth/accept`)
    await page.getByRole('heading', { name: 'Owner invited you' }).waitFor()
    const facts = await page.locator('dl').textContent()
    for (const part of ['Engine', 'Maintainer', email]) expect(facts).toContain(part)
    await page.getByLabel('Your name').fill('Newcomer')
    await page.getByRole('button', { name: 'Accept' }).click()
    await page.waitForURL(`**/projects/${project}/keys`)

    await page.goto(`/projects/${project}/members`)
    await page.getByRole('row', { name: `Newcomer (you) ${email}` }).waitFor()
    await (await newPage()).goto(link).then((answer) => expect(answer?.status()).toBe(200))
  })

  test(`a role is changed, and a member removed${how}`, async () => {
    const project = await rest.createProject()
    const { email } = await addMember(project, 'viewer')
    const page = await signedIn({ javaScriptEnabled })
    await page.goto(`/projects/${project}/members`)
    const row = page.getByRole('row', { name: email })
    await row.getByLabel('Role of Grace').first().selectOption('developer')
    await row.getByRole('button', { name: 'Change' }).click()
    await page.getByText('Role changed.').waitFor()
    expect(await row.getByRole('combobox').inputValue()).toBe('developer')

    await row.getByRole('link', { name: 'Remove' }).click()
    const dialog = page.getByRole('dialog', { name: 'Remove Grace?' })
    await dialog.getByRole('button', { name: 'Remove Grace' }).click()
    await row.waitFor({ state: 'detached' })
  })
}

test('the invitation comes first, for a maintainer unless one chooses, and each role says what it sees', async () => {
  const project = await rest.createProject()
  await rest.createKey(project, 'ci')
  const page = await signedIn()
  await page.goto(`/projects/${project}/members`)
  const [first] = await page.getByRole('main').getByRole('heading', { level: 2 }).allTextContents()
  expect(first).toBe('Invite someone')
  const role = page.getByLabel('Role', { exact: true })
  expect(await role.inputValue()).toBe('maintainer')
  const rights = await page.locator('#rights').textContent()
  for (const text of ['Viewer', 'name, status, last four letters, last use', 'Developer', 'Maintainer', 'its keys']) {
    expect(rights).toContain(text)
  }
  await role.selectOption('viewer')
  await page.getByLabel('Email').fill('not an address@')
  await page.locator('form', { has: role }).evaluate((form: HTMLFormElement) => {
    form.noValidate = true
    form.requestSubmit()
  })
  await page.getByRole('alert').waitFor()
  expect(await role.inputValue()).toBe('viewer')
})

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without JavaScript'

  test(`what a member made is shown before they are removed${how}`, async () => {
    const project = await rest.createProject()
    const { email } = await addMember(project, 'maintainer')
    const session = rest.session(email, 600)
    const make = (name: string) =>
      rest.callAs<Outputs['projectKeys']['create']>(session, 'POST', `/projects/${project}/keys`, { name })
    const page = await signedIn({ javaScriptEnabled })
    const dialog = page.getByRole('dialog', { name: 'Remove Grace?' })
    const open = async () => {
      await page.goto(`/projects/${project}/members`)
      await page.getByRole('row', { name: email }).getByRole('link', { name: 'Remove' }).click()
      await dialog.waitFor()
    }
    await open()
    await dialog.getByText('They created no key that still works.').waitFor()

    for (const name of ['one', 'two', 'three', 'four', 'five', 'six']) await make(name)
    const used = await make('in use')
    await rest.use(project, used)
    await open()
    await dialog
      .getByText('The 7 active keys that they created keep working. One was used in the last 7 days.')
      .waitFor()
    const [first = ''] = await dialog.getByRole('listitem').allTextContents()
    expect(first).toMatch(new RegExp(`in use.*…${used.key.slice(-4)}.*ago`))
    await dialog.getByText('and 2 more').waitFor()
    await dialog.getByRole('link', { name: 'Show them' }).click()
    await page.waitForURL((url) => url.searchParams.get('search') === email)
  })
}

test('a withdrawn invitation no longer works', async () => {
  const project = await rest.createProject()
  const email = newAddress('twice')
  const owner = await signedIn()
  await owner.goto(`/projects/${project}/members`)
  await invite(owner, email)
  const link = await mailedLink(email)
  await owner.getByRole('button', { name: `Withdraw the invitation of ${email}` }).click()
  await owner.getByText('Invitation withdrawn.').waitFor()
  const page = await newPage()
  await page.goto(link)
  await page.getByRole('heading', { name: 'This invitation no longer works' }).waitFor()
})

for (const signedInBefore of ['nobody', 'somebody else']) {
  test(`a known person signs in first, is led back, and accepts without a name, where ${signedInBefore} is signed in`, async () => {
    const project = await rest.createProject()
    const email = newAddress('known')
    await rest.signUp('Known', email)
    await rest.invite(project, email, 'viewer')
    const page = signedInBefore === 'nobody' ? await newPage() : await signedIn()
    await page.goto(await mailedLink(email))
    await page
      .getByText(signedInBefore === 'nobody' ? 'This address has an account.' : `You are signed in as ${place.owner},`)
      .waitFor()
    expect(await page.getByRole('button', { name: 'Accept' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Email me a link' }).click()
    await page.getByText(`We have sent a link to ${email}.`).waitFor()
    await page.goto(await mailedLink(email))
    await page.getByRole('button', { name: 'Sign in as Known' }).click()
    await page.waitForURL('**/auth/accept')
    expect(await page.getByLabel('Your name').count()).toBe(0)
    await page.getByRole('button', { name: 'Accept' }).click()
    await page.waitForURL(`**/projects/${project}/keys`)
    await page.getByRole('button', { name: 'Account menu' }).click()
    await page.getByText(email).waitFor()
  })
}

test('a member is not invited again, and the typed value is kept', async () => {
  const project = await rest.createProject()
  const { email } = await addMember(project, 'developer')
  const page = await signedIn()
  await page.goto(`/projects/${project}/members`)
  await hydrated(page)
  await page.getByLabel('Email').fill(email)
  await page.getByRole('button', { name: 'Send invitation' }).click()
  await page.getByRole('alert').getByText('This person is already a member').waitFor()
  expect(await page.getByLabel('Email').inputValue()).toBe(email)
})

test('a maintainer can leave, and then no longer manages the project', async () => {
  const project = await rest.createProject()
  const { page } = await addMember(project, 'maintainer')
  await page.goto(`/projects/${project}/members`)
  await page.getByRole('link', { name: 'Leave' }).click()
  await page.getByRole('button', { name: 'Leave example' }).click()
  await page.getByText('You no longer have that role.').waitFor()
  expect((await page.goto(`/projects/${project}/keys`))?.status()).toBe(404)
})

test('the last leader of an organization cannot leave, and is told why', async () => {
  const email = newAddress('leader')
  await rest.signUp('Leader', email)
  const page = await signIn(await newPage(), email)
  await page.goto('/projects/new')
  await page.getByLabel('Name', { exact: true }).fill('Alone')
  await page.getByLabel('Name of the organization').fill('Alone')
  await page.getByRole('button', { name: 'Create project' }).click()
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('link', { name: 'Leaders of Alone' }).click()
  await page.getByRole('link', { name: 'Leave' }).click()
  await page.getByRole('button', { name: 'Leave Alone' }).click()
  await page.getByRole('alert').getByText('An organization must keep at least one leader').waitFor()

  const other = newAddress('second')
  await invite(page, other)
  const second = await newPage()
  await second.goto(await mailedLink(other))
  await second.getByLabel('Your name').fill('Second')
  await second.getByRole('button', { name: 'Accept' }).click()
  await second.getByRole('link', { name: 'Alone' }).first().waitFor()
  await page.reload()
  await page.getByRole('row', { name: other }).waitFor()
})
