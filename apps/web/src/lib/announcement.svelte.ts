import type { SubmitFunction } from '$app/forms'
import { afterNavigate } from '$app/navigation'
import { number } from './times.ts'
import { words } from './words/en.ts'

/** The text that screen readers announce next: the root layout puts it into a live region. */
export const announcement = $state({ text: '' })

/** Announces a text, even if it is the same as the last one. */
export function announce(text: string) {
  announcement.text = ''
  setTimeout(() => {
    announcement.text = text
  }, 50)
}

/** Announces the length of a list after a search or on another page of it, because the title stays the same. */
export function announceList(total: () => number) {
  afterNavigate(({ from, to, type }) => {
    if (type !== 'goto' && from?.url.pathname === to?.url.pathname)
      announce(words.pages.found(total(), number(total())))
  })
}

/** For `enhance`: announces what the form has done when it leads to another page. */
export const announcing =
  (text: string): SubmitFunction =>
  () =>
  async ({ result, update }) => {
    await update()
    if (result.type === 'redirect') announce(text)
  }
