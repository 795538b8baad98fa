import { generateKey } from '@project-keys/verify/key'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { pastedKey } from '../src/lib/pasted-key.ts'
import { hydrated, newPage, rest, signedIn, signIn } from './support/browser.ts'
import { newAddress } from './support/mails.ts'

test('a key is recognized by its form, whatever is around it, and a name or a masked key is none', () => {
  for (const prefix of ['bencher', 'my_own', 'x']) {
    const key = generateKey(prefix, 'run')
    for (const text of [key, ` ${key}\n`, `"${key}"`, `Authorization: Bearer ${key}`, `API_KEY=${key};`]) {
      expect(pastedKey(text)).toEqual({ key, kind: 'run' })
    }
    expect(pastedKey(generateKey(prefix, 'user'))?.kind).toBe('user')
  }
  for (const text of ['ci_run_nightly', 'bencher_run_…k3Qz', 'k3Qz', '']) expect(pastedKey(text)).toBeNull()
})

/** Every URL that the browser asks for or shows, and all that the page has, from now on. */
function watched(page: Page) {
  const urls: string[] = []
  page.on('request', (request) => urls.push(request.url(), JSON.stringify(request.headers())))
  page.on('framenavigated', (frame) => urls.push(frame.url()))
  return async () => {
    const stored = await page.evaluate(() =>
      JSON.stringify([localStorage, sessionStorage, history.state, document.title]),
    )
    return [...urls, page.url(), stored, await page.content()].join('\n')
  }
}

async function paste(page: Page, text: string) {
  await page.getByRole('searchbox').first().focus()
  await page.evaluate((text) => navigator.clipboard.writeText(text), text)
  await page.keyboard.press('Control+V')
}

test('a leaked key that is pasted into the search is shown in one line and revoked: 3 actions, and no URL has the key', async () => {
  const project = await rest.createProject('example')
  const key = await rest.createKey(project, 'nightly')
  await rest.createKey(project, 'other')
  await rest.use(project, key)
  const page = await signedIn()
  await page.goto(`/projects/${await rest.createProject('elsewhere')}/keys?all`)
  await page.goto(`/projects/${project}/keys?search=other`)
  await hydrated(page)
  const seen = watched(page)
  await paste(page, `  ${key.key} `)
  await page.getByText('This is nightly in example. Used once today, last from 127.0.0.1.').waitFor()
  expect(await page.getByRole('searchbox').first().inputValue()).toBe('')
  expect(await page.getByRole('table').count()).toBe(0)
  await page.getByRole('link', { name: 'Revoke…' }).click()
  await page
    .getByRole('dialog')
    .getByText(/Last used/)
    .waitFor()
  await page.getByRole('button', { name: 'Revoke nightly' }).click()
  await page.getByText(/This key was revoked/).waitFor()
  expect(await seen()).not.toContain(key.key.slice(-30))
})

test('without JavaScript the search is a form with a body that redirects to the key, without the key', async () => {
  const project = await rest.createProject()
  const { key } = await rest.createKey(project, 'nightly')
  const page = await signIn(await newPage({ javaScriptEnabled: false }))
  await page.goto(`/projects/${project}/keys`)
  const urls: string[] = []
  page.on('request', (request) => urls.push(request.url(), JSON.stringify(request.headers())))
  const search = async (text: string) => {
    await page.getByRole('searchbox').first().fill(text)
    await page.keyboard.press('Enter')
  }
  await search('nothing')
  await page.getByText('“nothing”').waitFor()
  await search(`${key.slice(0, -1)}é`)
  await page.getByRole('alert').getByText('No project that you manage has this key').waitFor()
  await search(key)
  await page.getByRole('heading', { name: 'nightly' }).waitFor()
  expect(page.url()).toMatch(/\/keys\/[0-9a-f-]{36}\?pasted$/)
  expect([...urls, await page.content()].join()).not.toContain(key.slice(-30, -1))
})

test('a key of another tenant is as unknown as one that never was, and an API token is named as what it is', async () => {
  const { key } = await rest.createKey(await rest.createProject(), 'foreign')
  const email = newAddress('stranger')
  await rest.signUp('Stranger', email)
  const page = await signIn(await newPage(), email)
  await page.goto('/projects')
  await page.goto('/projects/new')
  await page.getByLabel('Name', { exact: true }).fill('Own')
  await page.getByLabel('Name of the organization').fill('Own')
  await page.getByRole('button', { name: 'Create project' }).click()
  await page.waitForURL(/\/keys$/)
  await page.goto(page.url().replace('/keys', '/members?search=Stranger'))
  await hydrated(page)
  const line = () => page.getByRole('main').getByRole('alert')
  const lines: string[] = []
  for (const pasted of [key, generateKey('bencher', 'run')]) {
    await paste(page, pasted)
    await line().getByText('No project that you manage').waitFor()
    lines.push((await line().textContent()) ?? '')
    await page.getByRole('button', { name: 'Show the list' }).click()
  }
  expect(new Set(lines).size).toBe(1)
  await paste(page, generateKey('bencher', 'user'))
  await line().getByText('API token of a person').waitFor()
})
