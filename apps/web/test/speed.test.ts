import { expect, test } from 'vitest'
import { hydrated, rest, signedIn } from './support/browser.ts'
import { clockOf, median } from './support/clock.ts'

/** Other tests share the processors; `pnpm bench` measures alone, and holds each interaction to 100 ms. */
const BOUND = 300 // ms

test('from the list to a key and back takes less than people notice', async () => {
  const project = await rest.createProject('quick')
  for (let count = 0; count < 25; count++) await rest.createKey(project, `key-${count}`)
  const page = await signedIn()
  const timed = await clockOf(page)
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  const click = (name: string) => () => page.getByRole('link', { name, exact: true }).click()
  const times: number[] = []
  for (let round = 0; round < 5; round++) {
    const there = await timed(click('key-7'), { selector: 'h1', text: 'key-7' })
    const back = await timed(click('Keys of quick'), { selector: 'h1', text: 'quick' })
    times.push(there.total, back.total)
  }
  expect(median(times)).toBeLessThan(BOUND)
})

test('what is typed, and a menu that opens, are on the screen before people notice', async () => {
  const project = await rest.createProject()
  for (let count = 0; count < 30; count++) await rest.createKey(project, `key-${String(count).padStart(2, '0')}`)
  const page = await signedIn()
  await page.goto(`/projects/${project}/keys`)
  await hydrated(page)
  await page.evaluate(() => {
    const seen = (entries: PerformanceEntryList) => {
      for (const { duration } of entries) document.body.dataset.slowest = String(Math.max(duration, slowest()))
    }
    const slowest = () => Number(document.body.dataset.slowest ?? 0)
    const all = { type: 'event', durationThreshold: 16 }
    new PerformanceObserver((list) => seen(list.getEntries())).observe(all)
  })
  await page.getByRole('button', { name: 'Actions for key-07' }).click()
  await page.keyboard.press('Escape')
  await page.getByLabel('Search name or ID').pressSequentially('key-1')
  await page.getByText('1–10 of 10').waitFor()
  const slowest = await page.evaluate(() => Number(document.body.dataset.slowest ?? 0))
  expect(slowest).toBeLessThan(BOUND)
})
