import { expect, test } from 'vitest'
import { place, rest } from './support/browser.ts'
import { startKeeping } from './support/keeping.ts'
import { mailedLink, newAddress } from './support/mails.ts'

const { visit, sendInVain, forms, project, world, consoleUrl } = await startKeeping()

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without JavaScript'

  test(`what was typed is in every form after the server was away${how}`, { timeout: 120_000 }, async () => {
    for (const form of forms) {
      const page = await visit(form.path, { javaScriptEnabled })
      await sendInVain(page, form)
      const way = page.getByRole('link', { name: 'Back to the form' })
      if (await way.isVisible()) await way.click()
      const value = () => page.getByLabel(form.label, { exact: true }).inputValue()
      await expect.poll(value, { message: form.path }).toBe(form.text)
      await page.context().close()
    }
  })

  test(`what was typed and chosen is in the form after the session ended and a sign-in by mail${how}`, async () => {
    const email = newAddress('kept')
    await rest.signUp('Kept', email)
    await rest.callAs(rest.session(email, 900), 'POST', '/organizations', { name: email })
    for (const [path, choice] of [
      ['/projects/new', 'Public'],
      ['/account/tokens/new', '30 days'],
    ] as const) {
      const page = await visit(path, { session: rest.session(email, 800), javaScriptEnabled })
      await page.getByLabel('Name', { exact: true }).fill('kept-name')
      await page.getByText(choice, { exact: true }).click()
      await page.context().addCookies([{ name: 'session', value: 'ended', url: consoleUrl }])
      await page.getByRole('button', { name: /^Create/ }).click()
      await page.getByText('Your session has ended').first().waitFor()
      await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click()
      await page.getByLabel('Email').fill(email)
      await page.getByRole('button', { name: 'Email me a link' }).click()
      await page.getByRole('heading', { name: 'Check your email' }).waitFor()
      await page.goto((await mailedLink(email)).replace(place.consoleUrl, consoleUrl))
      await page.getByRole('button', { name: 'Sign in as Kept' }).click()
      await page.getByText('What you typed is in the form again.').waitFor()
      expect(new URL(page.url()).pathname).toBe(path)
      expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('kept-name')
      expect(await page.getByRole('radio', { name: choice }).isChecked()).toBe(true)
      await page.context().close()
    }
  })
}

const newKey = (text: string) => ({ path: `${project}/keys/new`, label: 'Name', text, button: 'Create key' })

test('forms of two tabs that failed come back each with its own text', async () => {
  const first = await visit(newKey('').path, { javaScriptEnabled: false })
  const second = await first.context().newPage()
  await second.goto(newKey('').path)
  const tabs = [
    [first, 'of the first tab'],
    [second, 'of the second tab'],
  ] as const
  for (const [page, text] of tabs) await sendInVain(page, newKey(text))
  for (const [page, text] of tabs) {
    await page.getByRole('link', { name: 'Back to the form' }).click()
    expect(await page.getByLabel('Name').inputValue()).toBe(text)
  }
})

test('signing out forgets what was kept', async () => {
  const session = rest.session(place.owner, 700)
  const page = await visit('/projects/new', { javaScriptEnabled: false, session })
  await sendInVain(page, { path: '', label: 'Name', text: 'left behind', button: 'Create project' })
  const way = await page.getByRole('link', { name: 'Back to the form' }).getAttribute('href')
  await page.goto('/account')
  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByText('You are signed out.').waitFor()
  await page.context().addCookies([{ name: 'session', value: world.session, url: consoleUrl }])
  await page.goto(way ?? '')
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('')
})
