import { tick } from 'svelte'

/**
 * For an element that a link opens by its query: when the element is gone, the focus returns to that link or, where it is
 * hidden or gone, too, to the first of these selectors that is there.
 */
export const returnsFocus =
  (...others: string[]) =>
  () => {
    const opener = `main a[href$="${CSS.escape(location.search)}"]`
    return () => {
      tick().then(() => {
        const places = [opener, ...others].map((selector) => document.querySelector<HTMLElement>(selector))
        places.find((place) => place?.checkVisibility())?.focus()
      })
    }
  }
