import { generateKey } from '@project-keys/verify/key'
import { chromium } from 'playwright-core'
import { expect, inject, test } from 'vitest'
import { createRest } from './support/api.ts'
import { hydrated, signInBy } from './support/page.ts'
import { startService } from './support/service.ts'

test('too many keys that are not found get a line that says how long to wait, without a key in the server’s log', async () => {
  const { place, stop } = await startService({ RATE_LIMITS: 'authentication=2/3600' })
  const browser = await chromium.launch(inject('chromium'))
  try {
    const page = await browser.newPage({ baseURL: place.consoleUrl })
    const rest = createRest(place)
    await signInBy(rest.link(), page)
    await page.goto(`/projects/${await rest.createProject()}/members`)
    await page.goto('/projects?all')
    await hydrated(page)
    const project = await rest.createProject()
    await rest.createKey(project, 'any')
    await page.goto(`/projects/${project}/keys`)
    await hydrated(page)
    const lines: string[] = []
    for (let time = 0; time < 3; time++) {
      await page.getByRole('searchbox').first().fill(generateKey('bencher', 'run'))
      await page.getByRole('main').getByRole('alert').waitFor()
      lines.push((await page.getByRole('main').getByRole('alert').textContent()) ?? '')
      await page.getByRole('button', { name: 'Show the list' }).click()
    }
    expect(lines.at(0)).toContain('No project that you manage has this key')
    expect(lines.at(-1)).toMatch(/You tried this too often\. Try again in .* paste it again\./)
  } finally {
    await browser.close()
    await stop()
  }
})
