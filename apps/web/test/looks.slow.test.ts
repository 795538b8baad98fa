import { expect, test } from 'vitest'
import { rest, signedIn } from './support/browser.ts'

test('all pages have one left edge', async () => {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'edge')
  const page = await signedIn({ viewport: { width: 1440, height: 900 } })
  const edges = new Set<number>()
  const keys = `/projects/${project}/keys`
  for (const path of [
    keys,
    `${keys}/new`,
    `${keys}/${uuid}`,
    '/account',
    '/projects?all',
    '/nowhere',
    '/auth/signin',
  ]) {
    await page.goto(path)
    for (const selector of ['main h1', 'header .mark'])
      edges.add((await page.locator(selector).first().boundingBox())?.x ?? -1)
  }
  expect([...edges]).toHaveLength(1)
})

test('targets are at least 24 px wide and high, but for links within a sentence', async () => {
  const project = await rest.createProject()
  const { uuid } = await rest.createKey(project, 'target')
  const keys = `/projects/${project}/keys`
  const page = await signedIn()
  for (const width of [1200, 320]) {
    await page.setViewportSize({ width, height: 800 })
    for (const path of [
      keys,
      `${keys}/new`,
      `${keys}/${uuid}`,
      `/projects/${project}/settings`,
      '/account',
      '/projects?all',
    ]) {
      await page.goto(path)
      const small = await page.locator('a, button, select, input:not(label *), label:has(input)').evaluateAll((all) =>
        all
          .filter((one) => one.checkVisibility() && !one.closest('.unseen, .skip'))
          .filter((one) => getComputedStyle(one, '::after').position !== 'absolute')
          .filter((one) => one.getBoundingClientRect().width < 24 || one.getBoundingClientRect().height < 24)
          .map((one) => one.outerHTML.slice(0, 120)),
      )
      expect(small, `${path}, ${width} px`).toEqual([])
    }
  }
})
