import type { Page } from 'playwright-core'

/** Signs in as people do: with a link, and the button on its page. */
export async function signInBy(link: string, page: Page): Promise<Page> {
  await page.goto(link)
  await page.getByRole('button', { name: /Sign in as/ }).click()
  await page.waitForURL(/\/projects/)
  return page
}

/** Waits until the script runs, so that it handles what is typed from now on. */
export const hydrated = (page: Page) => page.waitForFunction(() => document.querySelector('#svelte-announcer') !== null)
