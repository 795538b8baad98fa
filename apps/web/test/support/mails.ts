import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { place } from './browser.ts'

/** The link of the newest mail to an address, from the server's output. */
export async function mailedLink(email: string): Promise<string> {
  let link = ''
  await expect
    .poll(async () => {
      link = (await linksTo(email)).at(-1) ?? ''
      return link
    })
    .not.toBe('')
  return link
}

/** All links mailed to an address. */
export async function linksTo(email: string): Promise<string[]> {
  const output = await readFile(place.output, 'utf8')
  return [...output.matchAll(/^Mail to (.+?): .*\n {2}(\S+)$/gm)]
    .filter(([, to]) => to === email)
    .map(([, , link = '']) => link)
}

/** A new, unique address. */
export const newAddress = (name: string): string =>
  `${name.toLowerCase()}-${crypto.randomUUID().slice(0, 8)}@example.com`
