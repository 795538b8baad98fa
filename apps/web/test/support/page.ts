import type { Page } from 'playwright-core'

/** Signs in as people do: by a link, and the button behind it. */
export async function signInBy(link: string, page: Page): Promise<Page> {
  await page.goto(link)
  await page.getByRole('button', { name: /Sign in as/ }).click()
  await page.waitForURL(/\/projects/)
  return page
}

/** Its script has taken over: what is typed from now on is heard. */
export const isAlive = (page: Page) => page.waitForFunction(() => document.querySelector('#svelte-announcer') !== null)
