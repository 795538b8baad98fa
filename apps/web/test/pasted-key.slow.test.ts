import { readFile } from 'node:fs/promises'
import { generateKey } from '@project-keys/verify/key'
import { chromium } from 'playwright-core'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createRest } from './support/api.ts'
import { hydrated, signInBy } from './support/page.ts'
import { startService } from './support/service.ts'

test('too many keys that are not found get a line that says how long to wait, and no log of the API has one', async () => {
  const { place, stop } = await startService({ RATE_LIMITS: 'authentication=2/3600' })
  onTestFinished(stop)
  const browser = await chromium.launch(inject('chromium'))
  onTestFinished(() => browser.close())
  const page = await browser.newPage({ baseURL: place.consoleUrl })
  const rest = createRest(place)
  await signInBy(rest.link(), page)
  const project = await rest.createProject()
  await rest.createKey(project, 'any')
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  const keys = Array.from({ length: 3 }, () => generateKey('bencher', 'run'))
  const line = page.getByRole('main').getByRole('alert')
  const lines: (string | null)[] = []
  for (const key of keys) {
    await page.getByRole('searchbox').first().fill(key)
    await line.waitFor()
    lines.push(await line.textContent())
    await page.getByRole('button', { name: 'Show the list' }).click()
  }
  expect(lines.at(0)).toContain('No project that you manage has this key')
  expect(lines.at(-1)).toMatch(/You tried this too often\. Try again in .* paste it again\./)
  const output = await readFile(place.output, 'utf8')
  for (const key of keys) expect(output).not.toContain(key.slice(-30))
}, 60_000)
