import { dirname } from 'node:path'
import { execute } from '@project-keys/keys/test'
import { withEmbedded } from '@project-keys/postgres'
import { expect, onTestFinished, test } from 'vitest'
import { createRest } from './support/api.ts'
import { hydrated, newPage, place, rest, signedIn, signIn } from './support/browser.ts'
import { newAddress } from './support/mails.ts'
import { signInBy } from './support/page.ts'
import { startService } from './support/service.ts'

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without JavaScript'

  test(`a project is created, renamed, made public, and deleted by typing its name${how}`, async () => {
    const page = await signedIn({ javaScriptEnabled })
    await page.goto('/projects?all')
    await page.getByRole('link', { name: 'New project' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Short lived')
    await page.getByLabel('Organization', { exact: true }).selectOption({ label: 'Example' })
    await page.getByRole('button', { name: 'Create project' }).click()
    await page.waitForURL(/short-lived[^/]*\/keys/)
    const slug = /projects\/([^/]+)/.exec(page.url())?.[1] ?? ''
    await rest.createKey(slug, 'stops')

    await page.getByRole('link', { name: 'Settings' }).click()
    expect(await page.getByRole('radio', { name: 'Private' }).isChecked()).toBe(true)
    await page.getByLabel('Name', { exact: true }).fill('Renamed')
    await page.getByLabel('Slug').fill(`${slug}-2`)
    await page.getByRole('radio', { name: 'Public' }).check()
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByText('Saved.').waitFor()
    await page.waitForURL(`**/projects/${slug}-2/settings?saved`)
    await page.getByRole('heading', { name: 'Renamed' }).waitFor()
    expect(await page.getByRole('radio', { name: 'Public' }).isChecked()).toBe(true)

    await page.getByRole('link', { name: 'Delete…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete Renamed?' })
    await dialog.getByText('Its one active key stops working at once.').waitFor()
    await dialog.getByLabel('Type Renamed to confirm').fill('renamed')
    await dialog.getByRole('button', { name: 'Delete Renamed' }).click()
    await dialog.getByText('The name does not match.').waitFor()
    await dialog.getByLabel('Type Renamed to confirm').fill('Renamed')
    await dialog.getByRole('button', { name: 'Delete Renamed' }).click()
    await page.getByText('The project is deleted').waitFor()
    expect((await page.goto(`/projects/${slug}-2/keys`))?.status()).toBe(404)
  })
}

test('a project keeps a name that could not be a new one, when something else is changed', async () => {
  const [project, slug] = [await rest.createProject(), `p-${crypto.randomUUID()}`]
  const folder = dirname(place.output)
  await withEmbedded({ folder, log: () => {} }, (url) =>
    execute(url, 'UPDATE projects SET name = $1 WHERE slug = $2', ['old\u202ename', project]),
  )
  const page = await signedIn()
  await page.goto(`/projects/${project}/settings`)
  await page.getByLabel('Slug').fill(slug)
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByText('Saved.').waitFor()
  await page.getByRole('heading', { name: 'old‹U+202E›name' }).waitFor()

  await page.getByLabel('Name', { exact: true }).fill('new\u202ename')
  await page.getByRole('button', { name: 'Save changes' }).click()
  await page.getByRole('alert').getByText('must not contain U+202E').waitFor()
})

test('a taken or invalid slug is reported at its field, and the typed value is kept', async () => {
  const [taken, project] = [await rest.createProject(), await rest.createProject()]
  const page = await signedIn()
  await page.goto(`/projects/${project}/settings`)
  await hydrated(page)
  for (const [slug, problem] of [
    [taken, 'This slug is taken.'],
    ['No Slug', 'A slug must have lower-case letters'],
  ] as const) {
    await page.getByLabel('Slug').fill(slug)
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByRole('alert').getByText(problem).waitFor()
    expect(await page.getByLabel('Slug').inputValue()).toBe(slug)
  }
})

test('a project can be created in a new organization, also by a user who already has one', async () => {
  const email = newAddress('founder')
  await rest.signUp('Founder', email)
  const page = await signIn(await newPage(), email)
  for (const name of ['One', 'Two']) {
    await page.goto('/projects/new')
    if (name === 'Two') await page.getByLabel('Organization', { exact: true }).selectOption('')
    await page.getByLabel('Name', { exact: true }).fill(`Project ${name}`)
    await page.getByLabel('Name of the organization').fill(name)
    await page.getByRole('button', { name: 'Create project' }).click()
    await page.getByRole('button', { name: `Switch project: ${name} / Project ${name}` }).waitFor()
  }
})

test('a user who may not manage a project sees neither its keys nor its members nor its settings', async () => {
  const email = newAddress('outsider')
  await rest.signUp('Outsider', email)
  const project = await rest.createProject()
  const page = await signIn(await newPage(), email)
  for (const tab of ['keys', 'members', 'settings']) {
    expect((await page.goto(`/projects/${project}/${tab}`))?.status()).toBe(404)
    expect((await page.goto(`/projects/example/${tab}`))?.status()).toBe(403)
  }
  expect((await page.goto('/organizations/example/members'))?.status()).toBe(404)
})

test('a full quota is reported at the field, for projects and for keys', async () => {
  const { place, stop } = await startService({ QUOTAS: 'projects=1,keys=1' })
  onTestFinished(stop)
  const limited = createRest(place)
  const email = newAddress('limited')
  await limited.signUp('Limited', email)
  const page = await signInBy(limited.link(email), await newPage({ baseURL: place.consoleUrl }))
  const create = async (path: string, name: string, button: string) => {
    await page.goto(path)
    await page.getByLabel('Name', { exact: true }).fill(name)
    const organization = page.getByLabel('Name of the organization')
    if (await organization.isVisible()) await organization.fill('Small')
    await page.getByRole('button', { name: button }).click()
  }
  await create('/projects/new', 'First', 'Create project')
  await page.waitForURL(/first\/keys$/)
  const keys = page.url()
  await create('/projects/new', 'Second', 'Create project')
  await page.getByRole('alert').getByText('QUOTAS').waitFor()
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Second')

  await create(`${keys}/new`, 'one', 'Create key')
  await page.getByRole('heading', { name: 'one is ready' }).waitFor()
  await create(`${keys}/new`, 'two', 'Create key')
  await page.getByRole('alert').getByText('QUOTAS').waitFor()
})
