import type { Page } from 'playwright-core'

/** What comes of an interaction: an element that can be seen, with such a part in its text. */
export type Sight = { selector: string; text?: string }

/** In ms: until it was on the screen, and how much of that was waiting for the server. */
export type Timed = { total: number; server: number }

/**
 * Does something, and tells how long the page took to show what comes of it, in this document or the next one. The clock
 * is the browser's own. It is there from the next document that is opened on.
 */
export async function clockOf(page: Page) {
  await page.addInitScript(watch)
  return async (act: () => Promise<unknown>, sight: Sight): Promise<Timed> => {
    await page.evaluate(begin, sight)
    await page.evaluate(watch)
    await act()
    await page.waitForFunction(() => sessionStorage.getItem('ended'))
    const times = await page.evaluate(readTimes)
    if (times.total <= 0) throw new Error(`“${sight.text ?? sight.selector}” was there before anything was done.`)
    return times
  }
}

/** The time begins when the button of the mouse, or a key, goes down. */
function begin({ selector, text = '' }: Sight) {
  sessionStorage.clear()
  sessionStorage.setItem('selector', selector)
  sessionStorage.setItem('text', text)
  const note = ({ timeStamp }: Event) => sessionStorage.setItem('began', String(performance.timeOrigin + timeStamp))
  for (const type of ['pointerdown', 'keydown']) addEventListener(type, note, { capture: true, once: true })
}

/** It ends with the frame that shows what is looked for: a message sent before a frame is painted arrives after it. */
function watch() {
  const [selector, text] = ['selector', 'text'].map((name) => sessionStorage.getItem(name) ?? '')
  if (!selector || sessionStorage.getItem('ended')) return
  const isShown = (element: Element) => element.checkVisibility() && element.textContent.includes(text ?? '')
  const isThere = () => [...document.querySelectorAll(selector)].some(isShown)
  if (!isThere()) return requestAnimationFrame(watch)
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => sessionStorage.setItem('ended', String(performance.timeOrigin + performance.now()))
  port2.postMessage(null)
}

/** The server's part is from each request to the end of its answer: this document's, and those of its script. */
function readTimes() {
  const kept = (name: string) => Number(sessionStorage.getItem(name)) - performance.timeOrigin
  const began = kept('began')
  const server = performance
    .getEntries()
    .filter((entry) => entry instanceof PerformanceResourceTiming)
    .filter(({ initiatorType }) => initiatorType === 'navigation' || initiatorType === 'fetch')
    .map(({ requestStart, responseEnd }) => Math.max(0, responseEnd - Math.max(requestStart, began)))
    .reduce((sum, time) => sum + time, 0)
  return { total: kept('ended') - began, server }
}

export const median = (times: number[]): number =>
  times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN
