import type { Page } from 'playwright-core'
import { rest } from './browser.ts'

/** A project with so many keys, `key-01` and so on. */
export async function projectWith(count: number, prefix = 'key') {
  const project = await rest.createProject()
  for (let index = 1; index <= count; index++) {
    await rest.createKey(project, `${prefix}-${String(index).padStart(2, '0')}`)
  }
  return project
}

export const box = (page: Page, name: string) => page.getByRole('checkbox', { name: `Select ${name}`, exact: true })
export const activeNames = async (project: string) => (await rest.listKeys(project)).map(({ name }) => name)
