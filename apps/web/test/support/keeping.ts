import type { Page } from 'playwright-core'
import { hydrated, newPage } from './browser.ts'
import { startBehindGate } from './gate.ts'
import { createWorld } from './world.ts'

/** A console whose server can go away, with somebody who has something at each place of it. */
export async function startKeeping() {
  const [gate, world] = await Promise.all([startBehindGate(), createWorld()])
  const project = `/projects/${world.places['projects/[project]']}`

  /** A page of somebody who is signed in at that console. */
  async function visit(path: string, { javaScriptEnabled = true, session = world.session } = {}): Promise<Page> {
    const page = await newPage({ baseURL: gate.consoleUrl, javaScriptEnabled })
    await page.context().addCookies([{ name: 'session', value: session, url: gate.consoleUrl }])
    await page.goto(path)
    if (javaScriptEnabled) await hydrated(page)
    return page
  }

  /** Sends the form of this page while the server is away, which is back once the page says so. */
  async function sendInVain(page: Page, { label, text, button }: TypedForm) {
    gate.shut()
    await page.getByLabel(label, { exact: true }).fill(text)
    await page.getByRole('button', { name: button }).click()
    await page
      .getByText(/The server (is unavailable|does not respond)/)
      .first()
      .waitFor()
    gate.open()
  }

  /** Every form that people type into. */
  const forms: TypedForm[] = [
    { path: `${project}/keys/new`, label: 'Name', text: 'ci-kept', button: 'Create key' },
    { path: `${project}/keys/${world.places['keys/[key]']}?rename`, label: 'New name', text: 'kept', button: 'Save' },
    { path: '/projects/new', label: 'Name', text: 'Kept', button: 'Create project' },
    { path: `${project}/settings`, label: 'Slug', text: 'kept-slug', button: 'Save changes' },
    { path: `${project}/members`, label: 'Email', text: 'kept@example.com', button: 'Send invitation' },
    { path: '/account', label: 'New email', text: 'kept@example.com', button: 'Send confirmation link' },
    { path: '/account/tokens/new', label: 'Name', text: 'kept-token', button: 'Create API token' },
    { path: '/auth/signin', label: 'Email', text: 'kept@example.com', button: 'Email me a link' },
  ]
  return { ...gate, world, project, visit, sendInVain, forms }
}

/** The path of the page of a form, the label of a field, a text for it, and the button. */
export type TypedForm = { path: string; label: string; text: string; button: string }
