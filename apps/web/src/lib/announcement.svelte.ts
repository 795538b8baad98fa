import type { SubmitFunction } from '$app/forms'
import { afterNavigate } from '$app/navigation'
import { number } from './times.ts'
import { words } from './words/en.ts'

/** What a screen reader says next; the frame holds the live region. */
export const announcement = $state({ text: '' })

/** Says it, also if it is the same as the last time. */
export function announce(text: string) {
  announcement.text = ''
  setTimeout(() => {
    announcement.text = text
  }, 50)
}

/** After a search, or on another page of a list, says how many it has: the page and its title are the same. */
export function announceList(total: () => number) {
  afterNavigate(({ from, to, type }) => {
    if (type !== 'goto' && from?.url.pathname === to?.url.pathname)
      announce(words.pages.found(total(), number(total())))
  })
}

/** For `enhance`: says what the form has done, where that leads to another page. */
export const saying =
  (text: string): SubmitFunction =>
  () =>
  async ({ result, update }) => {
    await update()
    if (result.type === 'redirect') announce(text)
  }
