import { tick } from 'svelte'

/** For an element that a link opens by its query: when the element is gone, the focus returns to that link. */
export function returnsFocus() {
  const { search } = location
  return () => {
    tick().then(() => document.querySelector<HTMLElement>(`main a[href$="${CSS.escape(search)}"]`)?.focus())
  }
}
