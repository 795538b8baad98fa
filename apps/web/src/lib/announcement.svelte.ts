import { afterNavigate } from '$app/navigation'
import { atLeast } from './times.ts'
import { words } from './words/en.ts'

/** The text that screen readers announce next: the root layout puts it into a live region. */
export const announcement = $state({ text: '', isShown: false })

/** Announces a text, even if it is the same as the last one; `isShown`: as a note of success, too. */
export function announce(text: string, isShown = false) {
  Object.assign(announcement, { text: '', isShown: false })
  setTimeout(() => Object.assign(announcement, { text, isShown }), 50)
}

/** Announces the length of a list after a search or on another page of it, because the title stays the same. */
export function announceList(list: () => { total: number; more?: boolean }) {
  afterNavigate(({ from, to, type }) => {
    if (type === 'goto' || from?.url.pathname !== to?.url.pathname) return
    const { total, more } = list()
    announce(words.pages.found(total, atLeast(total, more)))
  })
}
