import { chromium } from 'playwright-core'
import { expect, inject, onTestFinished, test } from 'vitest'
import { place, rest } from './support/browser.ts'
import { signInBy } from './support/page.ts'

test('a browser font of 32 px breaks no page: nothing is cut off, and none scrolls sideways', {
  timeout: 120_000,
}, async () => {
  const options = inject('chromium')
  const args = [...(options.args ?? []), '--blink-settings=defaultFontSize=32,defaultFixedFontSize=26']
  const browser = await chromium.launch({ ...options, args })
  onTestFinished(() => browser.close())
  const page = await browser.newPage({ baseURL: place.consoleUrl, viewport: { width: 1280, height: 900 } })
  await signInBy(rest.link(), page)
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'large', 3 * 24 * 3600)
  const keys = `/projects/${project}/keys`
  const paths = [keys, `${keys}/new`, `${keys}/${uuid}`, `${keys}/${uuid}?rename`, `/projects/${project}/members`]
  for (const path of [...paths, `/projects/${project}/settings?delete`, '/account', '/projects?all', '/auth/signin']) {
    for (const width of [1280, 640]) {
      await page.setViewportSize({ width, height: 900 })
      await page.goto(path)
      expect(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe('30px')
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), path).toBeLessThanOrEqual(0)
      const cut = await page.locator('h1, th, .button, button, label, select, input').evaluateAll((all) =>
        all
          .filter((one) => one.checkVisibility() && one.clientWidth > 1 && !one.closest('.unseen'))
          .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
          .map((one) => one.outerHTML.slice(0, 100)),
      )
      expect(cut, `${path}, ${width} px`).toEqual([])
    }
  }
})
