import { expect, test } from 'vitest'
import { hydrated, newPage, place, rest, signIn } from './support/browser.ts'
import { mailedLink, newAddress } from './support/mails.ts'
import { signInBy } from './support/page.ts'

const TOKEN = /bencher_user_[0-9A-Za-z]{30}/

async function signedUp(name: string, javaScriptEnabled = true) {
  const email = newAddress(/^[a-z]+$/i.test(name) ? name : 'someone')
  await rest.signUp(name, email)
  return { email, page: await signIn(await newPage({ javaScriptEnabled }), email) }
}

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without JavaScript'

  test(`an API token is created, shown once, works, and is renamed and revoked${how}`, async () => {
    const { page, email } = await signedUp('Ada', javaScriptEnabled)
    const askAs = (token: string) =>
      fetch(`${place.apiUrl}/v0/organizations`, { headers: { authorization: `Bearer ${token}` } })
    await page.getByRole('link', { name: 'API tokens' }).first().click()
    await page.getByText('You have no active API tokens.').waitFor()
    await page.getByRole('link', { name: 'New API token' }).click()
    await page.getByLabel('Name', { exact: true }).fill('laptop')
    await page.getByRole('button', { name: 'Create API token' }).click()
    await page.getByRole('heading', { name: 'laptop is ready' }).waitFor()
    if (javaScriptEnabled) {
      await hydrated(page)
      await page.getByRole('button', { name: 'Reveal' }).click()
    }
    const token = TOKEN.exec((await page.getByLabel('The new API token').textContent()) ?? '')?.[0] ?? ''
    expect((await askAs(token)).status).toBe(200)
    const test = (await page.getByRole('region', { name: 'curl' }).textContent()) ?? ''
    const [, url = ''] = /(https?:\S+)/.exec(test) ?? []
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    expect(await answer.json()).toMatchObject({ email })

    await page.getByRole('link', { name: 'I have stored it' }).click()
    await page.getByText(`bencher_user_…${token.slice(-4)}`).waitFor()
    expect(await page.content()).not.toMatch(TOKEN)
    await page.getByRole('link', { name: 'Rename' }).click()
    await page.getByLabel('New name').fill('old laptop')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'old laptop' }).waitFor()
    await page.getByRole('link', { name: 'Revoke…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke old laptop' }).click()
    await page.getByText('This API token was revoked').waitFor()
    expect((await askAs(token)).status).toBe(401)
    await page.getByRole('link', { name: 'API tokens of Ada' }).click()
    await page.getByRole('link', { name: 'Revoked 1' }).click()
    await page.getByRole('link', { name: 'old laptop' }).waitFor()
  })
}

test('another user’s API token is not found', async () => {
  const { page } = await signedUp('Eve')
  expect((await page.goto(`/account/tokens/${crypto.randomUUID()}`))?.status()).toBe(404)
})

test('a new name counts at once, a new address only when its mailed link is used', async () => {
  const { page, email } = await signedUp('Grace')
  await page.getByRole('button', { name: 'Account menu' }).click()
  await page.getByRole('link', { name: 'Account' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Grace Hopper')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Name changed.').waitFor()

  const moved = newAddress('moved')
  await page.getByLabel('New email').fill(moved)
  await page.getByRole('button', { name: 'Send confirmation link' }).click()
  await page.getByText(`We have sent a link to ${moved}.`).waitFor()
  await page.reload()
  await page.getByText(`You sign in with ${email}.`).waitFor()
  await page.goto(await mailedLink(moved))
  await page.getByRole('button', { name: 'Sign in as Grace Hopper' }).click()
  await page.waitForURL(/projects/)
  await page.goto('/account')
  await page.getByText(`You sign in with ${moved}.`).waitFor()
})

test('a changed address is told to the old one, whose link restores it and ends all sessions', async () => {
  const { page, email } = await signedUp('Grace')
  const moved = newAddress('moved')
  await page.goto('/account')
  await page.getByLabel('New email').fill(moved)
  await page.getByRole('button', { name: 'Send confirmation link' }).click()
  await page.getByText(`We have sent a link to ${moved}.`).waitFor()
  await signInBy(await mailedLink(moved), page)

  const victim = await newPage()
  const link = await mailedLink(email)
  await victim.goto(link)
  expect(victim.url()).toBe(`${place.consoleUrl}/auth/restore`)
  await victim.getByText(`The account now has the email ${moved}.`).waitFor()
  await victim.getByRole('button', { name: `Restore ${email}` }).click()
  await victim.getByRole('heading', { name: 'Your email is restored' }).waitFor()
  expect((await page.goto('/account'))?.status()).toBe(401)
  await (await newPage()).goto(link)
  await victim.goto(link)
  await victim.getByRole('heading', { name: 'This link does not work' }).waitFor()
})

test('mails before keys end are switched off and on again, without JavaScript', async () => {
  const { page } = await signedUp('Ada', false)
  await page.goto('/account')
  await page.getByText('We mail you 30, 7 and 1 days before').waitFor()
  await page.getByRole('button', { name: 'Stop these mails' }).click()
  await page.getByText('You get no mails before keys end.').waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Send me these mails' }).click()
  await page.getByText('We mail you 30, 7 and 1 days before').waitFor()
})

test('signing out everywhere ends the sessions in every browser', async () => {
  const { page, email } = await signedUp('Grace')
  const elsewhere = await signIn(await newPage(), email)
  await page.goto('/account')
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByText('You are signed out.').waitFor()
  expect((await elsewhere.goto('/account'))?.status()).toBe(401)
})

test('names with markup and joiners are shown harmlessly on every page of accounts', async () => {
  const { page } = await signedUp('<b>Eve</b>\u200Devil')
  const shown = '<b>Eve</b>‹U+200D›evil'
  await page.goto('/projects/new')
  await page.getByLabel('Name', { exact: true }).fill(shown.replace('‹U+200D›', '\u200D'))
  await page.getByLabel('Name of the organization').fill('<i>\u200C')
  await page.getByRole('button', { name: 'Create project' }).click()
  await page.waitForURL(/keys$/)
  for (const tab of ['Members', 'Settings']) {
    await page.getByRole('link', { name: tab }).click()
    await page.getByRole('heading', { name: shown }).waitFor()
    expect(await page.locator('main :is(b, i)').count()).toBe(0)
  }
  await page.getByRole('link', { name: 'Leaders of <i>‹U+200C›' }).click()
  await page.getByRole('row', { name: shown }).waitFor()
})
