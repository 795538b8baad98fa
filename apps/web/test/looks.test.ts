import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { hydrated, newPage, rest, signedIn, signIn } from './support/browser.ts'

const background = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? '' : ', without JavaScript'

  test(`the theme is light, dark or that of the system, and stays${how}`, async () => {
    const page = await signIn(await newPage({ javaScriptEnabled, colorScheme: 'light' }))
    await page.goto('/account')
    const light = await background(page)
    const choose = async (name: string) => {
      if (javaScriptEnabled) await hydrated(page)
      await page.getByRole('button', { name: 'Account menu' }).click()
      const kept = javaScriptEnabled ? page.waitForResponse(/auth.theme/) : page.waitForURL(/account$/)
      await page.getByRole('button', { name, exact: true }).click()
      await kept
    }
    await choose('Dark')
    await expect.poll(() => background(page)).not.toBe(light)
    await page.goto('/account/tokens')
    expect(await background(page)).not.toBe(light)
    await page.goto('/account')
    await choose('System')
    await expect.poll(() => background(page)).toBe(light)
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await background(page)).not.toBe(light)
    await page.goto('/account')
    await choose('Light')
    await expect.poll(() => background(page)).toBe(light)
  })
}

test('the edges of fields have a contrast of 3:1 with what is around them, light and dark', async () => {
  const page = await signedIn()
  await page.goto(`/projects/${await rest.createProject()}/settings`)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const around of ['--paper', '--raised', '--hover']) expect(await contrast(page, around)).toBeGreaterThan(3)
  }
})

/** The contrast of the border of a field with a colour of the palette, as the browser draws both. */
const contrast = (page: Page, around: string) =>
  page.getByLabel('Slug').evaluate((field, around) => {
    const luminance = (color: string) => {
      const context = document.createElement('canvas').getContext('2d')
      if (!context) return 0
      context.fillStyle = color
      context.fillRect(0, 0, 1, 1)
      const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data
      const linear = (part: number) =>
        part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
    const probe = document.body.appendChild(document.createElement('i'))
    probe.className = 'probe'
    const sheet = document.adoptedStyleSheets[0] ?? new CSSStyleSheet()
    sheet.replaceSync(`.probe { background: var(${around}) }`)
    document.adoptedStyleSheets = [sheet]
    const both = [getComputedStyle(field).borderTopColor, getComputedStyle(probe).backgroundColor].map(luminance)
    probe.remove()
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05)
  }, around)

test('on a phone the first key starts within the first 240 px', async () => {
  const project = await rest.createProject('a-name-of-sixty-four-characters-without-a-space-to-break-it-here')
  await rest.createKey(project, 'first')
  for (const width of [320, 390]) {
    const page = await signedIn({ viewport: { width, height: 700 } })
    await page.goto(`/projects/${project}/keys`)
    const box = await page.getByRole('rowheader').first().boundingBox()
    expect(box?.y, `${width} px`).toBeLessThan(240)
  }
})

test('columns keep their width from page to page', async () => {
  const project = await rest.createProject()
  for (let count = 10; count < 20; count++) await rest.createKey(project, `k${count}`)
  await rest.createKey(project, 'x'.repeat(64), 3600)
  const page = await signedIn()
  const widths = async (number: number) => {
    await page.goto(`/projects/${project}/keys?per_page=10&page=${number}`)
    return page
      .getByRole('columnheader')
      .evaluateAll((heads) => heads.map((head) => head.getBoundingClientRect().width))
  }
  expect(await widths(2)).toEqual(await widths(1))
})
