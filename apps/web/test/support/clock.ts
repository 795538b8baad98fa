import type { Page } from 'playwright-core'

/** The result of an interaction: a visible element that contains this text. */
export type Sight = { selector: string; text?: string }

/** In ms: the time until the result was on the screen, and how much of it was spent waiting for the server. */
export type Timed = { total: number; server: number }

/**
 * Measures how long an interaction takes until its result is on the screen, in this document or the next one, by the
 * browser's own clock. It works in documents that are opened after this call.
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

/** The measurement begins when a mouse button or a key is pressed. */
function begin({ selector, text = '' }: Sight) {
  sessionStorage.clear()
  sessionStorage.setItem('selector', selector)
  sessionStorage.setItem('text', text)
  const note = ({ timeStamp }: Event) => sessionStorage.setItem('began', String(performance.timeOrigin + timeStamp))
  for (const type of ['pointerdown', 'keydown']) addEventListener(type, note, { capture: true, once: true })
}

/** It ends with the frame that shows the result: a message sent before a frame is painted arrives after it. */
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

/** The server's part lasts from each request, of the document or its script, to the end of the response. */
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
