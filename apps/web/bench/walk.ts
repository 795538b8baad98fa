import type { Page } from 'playwright-core'
import type { Sight } from '../test/support/clock.ts'
import { hydrated } from '../test/support/page.ts'

export type Clock = (name: string, act: () => Promise<unknown>, sight: Sight) => Promise<void>

/** Uses a list of keys. */
export async function walkList(page: Page, project: string, clock: Clock) {
  const link = (name: string) => page.getByRole('link', { name })
  const open = async () => {
    await page.goto(`/projects/${project}/keys`)
    await hydrated(page)
  }
  await open()
  await clock('Open a key from the list', () => link('key-007').click(), { selector: 'h1', text: 'key-007' })
  await clock('Back to the list', () => link('Keys of').click(), { selector: 'table' })
  await clock('Next page', () => link('Next').click(), { selector: 'main', text: '26–50 of' })
  await clock('Tab Revoked', () => link('Revoked').click(), { selector: 'th', text: 'Revoked' })

  await open()
  await page.getByLabel('Search name or ID').fill('key-49')
  await page.getByText('1–10 of 10').waitFor()
  await clock('A letter typed into the search', () => page.keyboard.press('9'), {
    selector: 'tr:only-child',
    text: 'key-499',
  })

  await open()
  await clock('Sort by expiry', () => link('Expires').click(), { selector: '[aria-sort="ascending"]', text: 'Expires' })
  await clock('Open the menu of a key', () => page.getByRole('button', { name: 'Actions for' }).first().click(), {
    selector: '.menu:popover-open',
  })
  await page.keyboard.press('Escape')
  await clock('Open the sheet of shortcuts', () => page.keyboard.press('?'), { selector: '#shortcuts:popover-open' })
}

/** Creates, renames and revokes a key. */
export async function walkKey(page: Page, project: string, clock: Clock) {
  const press = (name: string) => page.getByRole('button', { name }).click()
  await page.goto(`/projects/${project}/keys/new`)
  await hydrated(page)
  await page.getByLabel('Name').fill('walked')
  await clock('Create a key', () => press('Create key'), { selector: '#secret.masked' })

  await page.getByRole('link', { name: 'I have stored it' }).click()
  await page.getByRole('link', { name: 'Rename' }).click()
  await page.getByLabel('New name').fill('renamed')
  await clock('Save a new name', () => press('Save'), { selector: 'h1:not(.unseen)', text: 'renamed' })

  await clock('Ask to revoke it', () => page.getByRole('link', { name: 'Revoke…' }).click(), {
    selector: 'dialog:modal',
  })
  await clock('Revoke it', () => press('Revoke renamed'), { selector: 'main', text: 'This key was revoked' })
}
