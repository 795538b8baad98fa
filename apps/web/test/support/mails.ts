import { readFile } from 'node:fs/promises'
import { inject, vi } from 'vitest'

/** How many mails to an address the tests have read. */
const read = new Map<string, number>()

/** The link of the next mail to an address: each is read once and in order, because a mail may be late. */
export const mailedLink = (email: string): Promise<string> => nextLink(email, inject('place').output)

/** The same for a service whose output is in this file. */
export async function nextLink(email: string, output: string): Promise<string> {
  const count = read.get(email) ?? 0
  read.set(email, count + 1)
  const next = async () => (await linksIn(output, email))[count] ?? ''
  return await vi.waitUntil(next, { timeout: 10_000 })
}

/** All links mailed to an address. */
export const linksTo = (email: string): Promise<string[]> => linksIn(inject('place').output, email)

async function linksIn(file: string, email: string): Promise<string[]> {
  const output = await readFile(file, 'utf8')
  return [...output.matchAll(/^Mail to (.+?): .*\n {2}(\S+)$/gm)]
    .filter(([, to]) => to === email)
    .map(([, , link = '']) => link)
}

/** A new, unique address. */
export const newAddress = (name: string): string =>
  `${name.toLowerCase()}-${crypto.randomUUID().slice(0, 8)}@example.com`
